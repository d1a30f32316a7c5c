-- SPDX-License-Identifier: Apache-2.0
-- What a spec file sees: describe, it, before_each, after_each, setup,
-- teardown, pending, assert, spy, stub, mock, match. A file is loaded into a
-- tree of blocks; run.lua walks it. Nothing here prints.
local M = {}

-- luassert and say are Debian packages (pure Lua), used by specs alone.
local SYSTEM_PATH <const> = "/usr/share/lua/5.4/?.lua;"
  .. "/usr/share/lua/5.4/?/init.lua;/usr/share/lua/5.3/?.lua;"
  .. "/usr/share/lua/5.3/?/init.lua;/usr/share/lua/5.1/?.lua;"
  .. "/usr/share/lua/5.1/?/init.lua"

---@class testing.Block
---@field name string
---@field parent testing.Block?
---@field items table[] blocks and examples, in file order
---@field hooks table<string, function[]>

local HOOKS <const> = { "setup", "teardown", "before_each", "after_each" }

local function new_block(name, parent)
  local hooks = {}
  for _, hook in ipairs(HOOKS) do
    hooks[hook] = {}
  end
  return { name = name, parent = parent, items = {}, hooks = hooks }
end

-- The table of functions that a spec file finds beside the globals.
local function vocabulary(root)
  local current = root
  local words = {}

  function words.describe(name, body)
    local block = new_block(name, current)
    table.insert(current.items, block)
    current = block
    body()
    current = block.parent
  end

  function words.it(name, body)
    table.insert(current.items, { name = name, parent = current, body = body })
  end

  -- Between examples: an example still to be written. Inside one: skip the
  -- rest of it, saying why.
  function words.pending(name)
    if root.running then
      error({ pending = name }, 0)
    end
    table.insert(current.items, { name = name, parent = current })
  end

  for _, hook in ipairs(HOOKS) do
    words[hook] = function(body)
      table.insert(current.hooks[hook], body)
    end
  end
  return words
end

local function add_assertions(words)
  local luassert = require "luassert"
  words.assert = luassert
  words.spy = require "luassert.spy"
  words.stub = require "luassert.stub"
  words.mock = require "luassert.mock"
  words.match = require "luassert.match"
end

--- Lets `require` find luassert, say, and modules beside the working folder.
function M.use_system_libraries()
  package.path = "./?.lua;./?/init.lua;" .. SYSTEM_PATH
end

--- Loads one spec file.
---@param path string
---@return testing.Block? root
---@return string? err why it could not be loaded
function M.load(path)
  local root = new_block(path)
  local words = vocabulary(root)
  add_assertions(words)
  local env = setmetatable(words, { __index = _G })
  local chunk, err = loadfile(path, "t", env)
  if not chunk then
    return nil, err
  end
  local ok, failure = xpcall(chunk, debug.traceback)
  if not ok then
    return nil, failure
  end
  root.running = true
  return root
end

return M
