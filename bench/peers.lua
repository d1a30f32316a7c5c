-- SPDX-License-Identifier: Apache-2.0
-- Who is measured: each makes ready a charm's folder on the sandbox's tmpfs
-- and says how one event of it is run.
local agent = require "agent"
local env = require "lab.env"
local fs = require "host.fs"
local pebbles = require "pebbles"
local proc = require "host.proc"

local M = {}

M.ROOT = "/bench"
M.SOCKET = M.ROOT .. "/agent.socket"
local TOOLS <const> = M.ROOT .. "/tools"
local BUILT <const> = "build/bench/"

-- Every hook tool is the one static client.
local TOOL_NAMES <const> = {
  "config-get", "is-leader", "juju-log", "network-get", "relation-get",
  "relation-ids", "relation-list", "relation-set", "state-delete", "state-get",
  "state-set", "status-set",
}

---@class bench.Subject
---@field name string
---@field argv string[]
---@field env? table<string, string>
---@field cwd? string
---@field world? bench.World
---@field pebble? string socket
---@field reset? fun() before each run

---@class bench.Event
---@field name string "config-changed"
---@field endpoint? string
---@field relation? integer
---@field remote_app? string
---@field remote_unit? string

local function run(argv, cwd)
  local result = assert(proc.run { argv = argv, cwd = cwd })
  assert(result.code == 0, table.concat(argv, " ") .. ": " .. result.stderr)
end

function M.prepare()
  assert(fs.mkdirs(TOOLS))
  for _, name in ipairs(TOOL_NAMES) do
    assert(fs.copy(BUILT .. "jujuc", TOOLS .. "/" .. name,
      { mode = tonumber("755", 8) }))
  end
end

local function environment(unit, dir, event)
  local model = { name = "bench", uuid = "00000000-0000-4000-8000-000000000000",
    config = {} }
  local vars = env.of(model, { name = unit }, event, {
    context_id = agent.CONTEXT,
    paths = { inside = dir, tools_inside = TOOLS },
  })
  vars.CHARM_DIR, vars.JUJU_CHARM_DIR = dir, dir
  vars.JUJU_AGENT_SOCKET_ADDRESS = M.SOCKET
  return vars
end

---@class bench.Charm a charm's folder, and how it is called
---@field kind "charmhost"|"ops"
---@field dir string
---@field unit string
---@field argv string[]
local Charm = {}
Charm.__index = Charm
M.Charm = Charm

--- One event as a subject.
---@param event bench.Event
---@param fields? table what else the subject has
---@return bench.Subject
function Charm:on(event, fields)
  local subject = {
    name = self.kind,
    argv = self.argv,
    env = environment(self.unit, self.dir, event),
    cwd = self.dir,
    reset = self.saved and function()
      self:restore()
    end,
  }
  for key, value in pairs(fields or {}) do
    subject[key] = value
  end
  return subject
end

-- ops keeps its state in a file: each run is to find the same.
local STATE_FILE <const> = "/.unit-state.db"

function Charm:save()
  self.saved = fs.read(self.dir .. STATE_FILE)
end

function Charm:restore()
  assert(fs.write(self.dir .. STATE_FILE, self.saved))
end

local places = 0

local function new_dir(kind, name)
  places = places + 1
  local dir = ("%s/%s-%s-%d"):format(M.ROOT, kind, name, places)
  assert(fs.mkdirs(dir))
  return dir
end

--- The packed charm, unpacked as on a unit.
---@param name string
---@param archive string
---@return bench.Charm
function M.charmhost(name, archive)
  local dir = new_dir("charmhost", name)
  run { "unzip", "-q", archive, "-d", dir }
  return setmetatable({ kind = "charmhost", dir = dir, unit = name .. "/0",
    argv = { dir .. "/dispatch" } }, Charm)
end

-- The files of a folder whose names end like this.
local function copy_all(from, to, suffix)
  for _, file in ipairs(assert(fs.list(from))) do
    if file:sub(-#suffix) == suffix then
      assert(fs.copy(from .. "/" .. file, to .. "/" .. file))
    end
  end
end

local DISPATCH <const> = [[
#!/bin/sh
exec %s/ops/bin/python3 ./src/charm.py
]]

--- A charm of Python; its YAML files are those of `folder`.
---@param name string
---@param source string the folder of charm.py and its template
---@param folder string
---@return bench.Charm
function M.ops(name, source, folder)
  local dir = new_dir("ops", name)
  assert(fs.mkdirs(dir .. "/src"))
  copy_all(folder, dir, ".yaml")
  copy_all(source, dir .. "/src", ".py")
  copy_all(source, dir .. "/src", ".jinja")
  local built = assert(fs.realpath "build")
  assert(fs.write(dir .. "/dispatch", DISPATCH:format(built),
    { mode = tonumber("755", 8) }))
  return setmetatable({ kind = "ops", dir = dir, unit = name .. "/0",
    argv = { dir .. "/dispatch" } }, Charm)
end

local function record(letter, payload)
  return letter .. string.pack("<s4", payload)
end

local function tool_record(request)
  local words = { request.stdin_set and request.stdin or "",
    request.stdin_set and "1" or "", request.command }
  table.move(request.args, 1, #request.args, 4, words)
  return record("H", table.concat(words, "\0") .. "\0")
end

local function pebble_record(request)
  local text = request:gsub("[Cc]onnection: close\r\n", "")
    :gsub("/v1/changes/%d+/", "/v1/changes/@CHANGE@/")
  return record("P", text)
end

--- The static program that makes the calls that another dispatch made.
---@param name string
---@param calls { tools: table[], requests: string[] }
---@param options { like: bench.Subject, pebble: string?, exec: boolean? }
---@return bench.Subject
function M.floor(name, calls, options)
  local list = {}
  for _, request in ipairs(calls.tools) do
    list[#list + 1] = tool_record(request)
  end
  for _, request in ipairs(calls.requests or {}) do
    list[#list + 1] = pebble_record(request)
  end
  places = places + 1
  local path = ("%s/calls-%d"):format(M.ROOT, places)
  assert(fs.write(path, table.concat(list)))
  local vars = {}
  for key, value in pairs(options.like.env) do
    vars[key] = value
  end
  vars.BENCH_PEBBLE_SOCKET = pebbles.SOCKET
  return {
    name = name,
    argv = { assert(fs.realpath(BUILT .. "floor")), path,
      options.exec and "exec" or nil },
    env = vars,
    cwd = M.ROOT,
    world = options.like.world,
    pebble = options.pebble,
  }
end

--- Any other program.
---@param name string
---@param argv string[]
---@return bench.Subject
function M.program(name, argv)
  return { name = name, argv = argv, env = { PATH = "/usr/bin:/bin" },
    cwd = M.ROOT }
end

return M
