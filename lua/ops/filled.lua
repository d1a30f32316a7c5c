-- SPDX-License-Identifier: Apache-2.0
-- A table that makes what is asked for, and remembers it.
local M = {}

---@param make fun(key: any): any
---@param methods? table<string, function> what is there beside the made
---@return table
function M.by(make, methods)
  return setmetatable({}, {
    __index = function(self, key)
      if methods and methods[key] then
        return methods[key]
      end
      local value = make(key)
      rawset(self, key, value)
      return value
    end,
  })
end

---One thing of which a part is known and the rest is asked for when used.
---@param known table<string, any>
---@param ask fun(): table<string, any>
---@param name string of the class
---@return table
function M.lazily(known, ask, name)
  local asked
  return setmetatable({}, {
    __name = name,
    __index = function(_, key)
      if known[key] ~= nil then
        return known[key]
      end
      asked = asked or ask()
      return asked[key]
    end,
  })
end

return M
