-- SPDX-License-Identifier: Apache-2.0
-- A module that is loaded at its first use: most events need few of the
-- framework's modules, and loading one costs as much as a hook tool call.
-- Used like `require`, at the top of a file.

-- Stands for the module in all but identity. Nothing is copied, so that a
-- field which is replaced in the module is replaced here, too.
---@param name string
---@return table module
local function lazy(name)
  local module
  local function loaded()
    module = module or require(name)
    return module
  end
  return setmetatable({}, {
    __index = function(_, key)
      return loaded()[key]
    end,
    __newindex = function(_, key, value)
      loaded()[key] = value
    end,
    __call = function(_, ...)
      return loaded()(...)
    end,
    __pairs = function()
      return pairs(loaded())
    end,
  })
end

return lazy
