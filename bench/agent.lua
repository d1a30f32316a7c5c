-- SPDX-License-Identifier: Apache-2.0
-- The unit agent of all peers: the lab's hook tool server over a scripted
-- model. A world that is open takes what is written to it; once frozen it
-- forgets writes, so that each run finds the same, and answers from memory.
local json = require "std.json"
local net = require "host.lab.net"
local server = require "lab.hooktools.server"
local yaml = require "std.yaml"

local M = {}

M.CONTEXT = "bench-0"

---@class bench.World
---@field unit string
---@field config table<string, any>
---@field relations table<string, table<integer, bench.Relation>>
---@field state table<string, string>
---@field address string
---@field frozen? boolean

---@class bench.Relation
---@field app string
---@field units string[]
---@field data table<string, table<string, string>> by entity

local FLAGS_WITH_VALUE <const> = {
  ["-r"] = true, ["--file"] = true, ["--log-level"] = true,
}

local function parse(args)
  local flags, words, index = {}, {}, 1
  while index <= #args do
    local word = args[index]
    local name, value = word:match("^(%-%-[^=]+)=(.*)$")
    if word == "--" then
      table.move(args, index + 1, #args, #words + 1, words)
      break
    elseif FLAGS_WITH_VALUE[word] then
      index = index + 1
      flags[word] = args[index]
    elseif name then
      flags[name] = value
    elseif word ~= "-" and word:sub(1, 1) == "-" then
      flags[word] = true
    else
      words[#words + 1] = word
    end
    index = index + 1
  end
  return flags, words
end

local function relation_of(world, flags)
  local endpoint, id = flags["-r"]:match("^(.*):(%d+)$")
  return world.relations[endpoint][math.tointeger(tonumber(id))]
end

local function own(world, flags)
  return flags["--app"] and world.unit:match("^[^/]*") or world.unit
end

local function merge(into, text)
  for key, value in pairs(assert(yaml.decode(text, { strings = true }))) do
    into[key] = value ~= "" and value or nil
  end
end

local tools <const> = {}

tools["config-get"] = function(world)
  return json.encode(world.config)
end

tools["is-leader"] = function()
  return "true"
end

tools["relation-ids"] = function(world, _, words)
  local ids = {}
  for id in pairs(world.relations[words[1]] or {}) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    ids[i] = ("%s:%d"):format(words[1], id)
  end
  return json.encode(json.array(ids))
end

tools["relation-list"] = function(world, flags)
  local relation = relation_of(world, flags)
  return json.encode(flags["--app"] and relation.app
    or json.array(table.move(relation.units, 1, #relation.units, 1, {})))
end

tools["relation-get"] = function(world, flags, words)
  return json.encode(relation_of(world, flags).data[words[2]] or {})
end

tools["relation-set"] = function(world, flags, _, stdin)
  local data, entity = relation_of(world, flags).data, own(world, flags)
  data[entity] = data[entity] or {}
  merge(data[entity], stdin)
end

tools["state-get"] = function(world)
  return json.encode(world.state)
end

tools["state-set"] = function(world, _, _, stdin)
  merge(world.state, stdin)
end

tools["state-delete"] = function(world, _, words)
  world.state[words[1]] = nil
end

tools["network-get"] = function(world)
  local cidr = world.address .. "/32"
  return json.encode {
    ["bind-addresses"] = json.array { {
      ["mac-address"] = "",
      ["interface-name"] = "lo",
      addresses = json.array {
        { hostname = "", value = world.address, cidr = cidr },
      },
    } },
    ["egress-subnets"] = json.array { cidr },
    ["ingress-addresses"] = json.array { world.address },
  }
end

for _, name in ipairs { "juju-log", "status-set", "application-version-set" } do
  tools[name] = function() end
end

local WRITES <const> = {
  ["relation-set"] = true, ["state-set"] = true, ["state-delete"] = true,
}

local NOTHING <const> = {}

local function answer(world, request)
  local tool = tools[request.command]
  if not tool then
    return nil, server.unknown_command(request.command)
  end
  local flags, words = parse(request.args)
  local out = tool(world, flags, words, request.stdin)
  return out and { stdout = out .. "\n" } or NOTHING
end

---@class bench.Agent
---@field world bench.World who is asked now
---@field calls hooktools.Request[]? what came, while it is recorded
---@field count integer
local Agent = {}
Agent.__index = Agent

function Agent:handle(request)
  self.count = self.count + 1
  if self.calls then
    self.calls[#self.calls + 1] = request
  end
  local world = self.world
  if not world.frozen then
    return answer(world, request)
  elseif WRITES[request.command] then
    return NOTHING
  end
  local key = request.command .. "\0" .. table.concat(request.args, "\0")
  local known = world.known[key]
  if not known then
    local message
    known, message = answer(world, request)
    if not known then
      return nil, message
    end
    world.known[key] = known
  end
  return known
end

--- From now on the world stays as it is.
---@param world bench.World
function M.freeze(world)
  world.frozen, world.known = true, {}
end

---@param loop lab.Loop
---@param path string of the socket
---@return bench.Agent
function M.start(loop, path)
  local self = setmetatable({ count = 0 }, Agent)
  server.serve(loop, assert(net.listen { path = path }), {
    context_id = M.CONTEXT,
    handler = function(request)
      return self:handle(request)
    end,
  })
  return self
end

return M
