-- SPDX-License-Identifier: Apache-2.0
-- Every function and method that C registers stands in docs/api, so that an
-- author's editor knows it.
local fs = require "host.fs"

local MODULES <const> = {
  "fs", "http", "json", "poll", "pq", "proc", "rpc", "sys", "ws", "yaml",
}

local function documented(module)
  local names = {}
  local text = assert(fs.read("docs/api/" .. module .. ".lua"))
  for name in text:gmatch("\nfunction [%w_]+[.:]([%w_]+)%(") do
    names[name] = true
  end
  return names
end

local function missing_names(registered, names, prefix, missing)
  for name, value in pairs(registered) do
    if type(value) == "function" and not names[name] then
      missing[#missing + 1] = prefix .. name
    end
  end
end

-- A class whose fields are computed keeps its methods in an upvalue.
local function methods_of(metatable)
  local index = metatable.__index
  if type(index) == "function" then
    index = select(2, debug.getupvalue(index, 1))
  end
  return index or {}
end

describe("docs/api", function()
  for _, module in ipairs(MODULES) do
    it("documents all of host." .. module, function()
      local functions = require("host." .. module)
      assert.is_truthy(next(functions))
      local names, missing = documented(module), {}
      missing_names(functions, names, module .. ".", missing)
      for class, metatable in pairs(debug.getregistry()) do
        if type(class) == "string"
          and class:find("^host%." .. module .. "%.") then
          missing_names(methods_of(metatable), names, class .. ":", missing)
        end
      end
      table.sort(missing)
      assert.same({}, missing)
    end)
  end
end)
