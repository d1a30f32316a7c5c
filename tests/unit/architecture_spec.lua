-- SPDX-License-Identifier: Apache-2.0
-- The rules of the rooms: who may require whom, no cycles, no large files.
-- Reads every `require` and `#include` of the tree.
local fs = require "host.fs"

local HOST <const> = "host"

-- What a room may require, by room (the first folder below lua/). A room may
-- always require itself, `std` and nothing that is not named here.
local ALLOWED <const> = {
  std = { HOST },
  testing = { HOST, "cli", "juju", "ops", "pebble", "relations", "luassert" },
  cli = { HOST, "ops", "testing" },
  juju = { HOST },
  pebble = { HOST },
  pg = { HOST },
  ops = { HOST, "juju", "pebble", "pg" },
  relations = { "ops", "pg" },
  lab = { HOST, "cli", "juju", "pebble", "pg", "testing" },
  charm = { "ops", "relations" },
}

local MAX_LINES <const> = { c = 500, lua = 300 }

local function walk(folder, pattern, found)
  for _, name in ipairs(assert(fs.list(folder))) do
    local path = folder .. "/" .. name
    if assert(fs.lstat(path)).type == "directory" then
      walk(path, pattern, found)
    elseif name:find(pattern) then
      found[#found + 1] = path
    end
  end
  return found
end

local function requires(path)
  local names = {}
  local text = assert(fs.read(path)):gsub("%-%-[^\n]*", "")
  -- Not the word in quotes, which is a way to use TLS.
  for _, word in ipairs { "require", "lazy" } do
    for name in ("\n" .. text):gmatch("[^%w_\"']" .. word
      .. "%s*%(?%s*[\"']([^\"'\n]+)[\"']") do
      names[#names + 1] = name
    end
  end
  return names
end

local function lua_module(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", "")
    :gsub("/", "."))
end

local function room_of(module)
  return module:match("^[^.]+")
end

local function contains(list, item)
  for _, each in ipairs(list) do
    if each == item then
      return true
    end
  end
  return false
end

-- The modules of one charm's own folder, by the name that it requires.
local function own_modules(charm)
  local own = {}
  for _, path in ipairs(walk("charm/" .. charm, "%.lua$", {})) do
    local name = path:sub(#("charm/" .. charm .. "/") + 1)
    own[lua_module(name)] = path
  end
  return own
end

-- Every cycle of a graph (module → list of modules), as "a → b → a".
local function find_cycle(graph)
  local state = {}
  local function visit(node, trail)
    if state[node] == "done" then
      return nil
    end
    trail = trail .. node
    if state[node] == "open" then
      return trail
    end
    state[node] = "open"
    for _, child in ipairs(graph[node] or {}) do
      local cycle = visit(child, trail .. " → ")
      if cycle then
        return cycle
      end
    end
    state[node] = "done"
    return nil
  end
  for node in pairs(graph) do
    local cycle = visit(node, "")
    if cycle then
      return cycle
    end
  end
  return nil
end

describe("the architecture", function()
  it("lets no Lua module require upwards", function()
    local wrong = {}
    for _, path in ipairs(walk("lua", "%.lua$", {})) do
      local room = room_of(lua_module(path))
      assert(ALLOWED[room], "a room without rules: " .. path)
      for _, name in ipairs(requires(path)) do
        local target = room_of(name)
        local lab_only = name:find("^host%.lab") and room ~= "lab"
        if target ~= room and target ~= "std"
          and not contains(ALLOWED[room], target) or lab_only then
          wrong[#wrong + 1] = path .. " requires " .. name
        end
      end
    end
    assert.same({}, wrong)
  end)

  it("lets a charm see ops, the relation libraries and itself", function()
    local wrong = {}
    for _, charm in ipairs(assert(fs.list("charm"))) do
      local own = own_modules(charm)
      for _, path in pairs(own) do
        for _, name in ipairs(requires(path)) do
          if not own[name] and not contains(ALLOWED.charm, room_of(name)) then
            wrong[#wrong + 1] = path .. " requires " .. name
          end
        end
      end
    end
    assert.same({}, wrong)
  end)

  it("has no cycle among the Lua modules", function()
    local graph = {}
    for _, path in ipairs(walk("lua", "%.lua$", {})) do
      graph[lua_module(path)] = requires(path)
    end
    assert.is_nil(find_cycle(graph))
  end)

  it("sees a cycle where there is one", function()
    assert.is_string(find_cycle { a = { "b" }, b = { "c" }, c = { "a" } })
    assert.is_nil(find_cycle { a = { "b", "c" }, b = { "c" }, c = {} })
  end)

  it("has no cycle among the C headers, and none that reaches the lab", function()
    local graph, wrong = {}, {}
    for _, path in ipairs(walk("host", "%.[ch]$", {})) do
      local folder = path:match("^(.*)/")
      graph[path] = {}
      for name in assert(fs.read(path)):gmatch('#include "([^"]+)"') do
        local near = folder .. "/" .. name
        local target = assert(fs.realpath(fs.stat(near) and near
          or "host/" .. name)):match("/(host/.*)$")
        table.insert(graph[path], target)
        if target:find("^host/lab/") and not path:find("^host/lab/") then
          wrong[#wrong + 1] = path .. " includes " .. target
        end
      end
    end
    assert.is_nil(find_cycle(graph))
    assert.same({}, wrong)
  end)

  it("keeps files small", function()
    local large = {}
    local files = walk("host", "%.[ch]$", {})
    walk("lua", "%.lua$", files)
    walk("charm", "%.lua$", files)
    for _, path in ipairs(files) do
      local _, lines = assert(fs.read(path)):gsub("\n", "\n")
      local limit = MAX_LINES[path:match("%.lua$") and "lua" or "c"]
      if lines > limit then
        large[#large + 1] = ("%s: %d lines"):format(path, lines)
      end
    end
    assert.same({}, large)
  end)
end)
