-- SPDX-License-Identifier: Apache-2.0
-- For specs of juju.*: a scripted unit agent in a child process, reached by
-- either door. start(door) puts the door in place; agent:answer(tool, stdout)
-- scripts, agent:calls() tells what came, agent:stop() ends it all.
local contexts = require "juju.context"
local exec = require "juju.doors.exec"
local fs = require "host.fs"
local json = require "std.json"
local proc = require "host.proc"
local socket = require "juju.doors.socket"
local sys = require "host.sys"
local tool = require "juju.tool"

local M = {}

M.DOORS = { "socket", "exec" }

local TOOLS <const> = {}
for name in ([[
  action-fail action-get action-log action-set add-metric
  application-version-set close-port config-get credential-get goal-state
  is-leader juju-log juju-reboot k8s-raw-get k8s-raw-set k8s-spec-get
  k8s-spec-set leader-get leader-set network-get open-port opened-ports
  payload-register payload-status-set payload-unregister relation-get
  relation-ids relation-list relation-model-get relation-set resource-get
  secret-add secret-get secret-grant secret-ids secret-info-get secret-remove
  secret-revoke secret-set state-delete state-get state-set status-get
  status-set storage-add storage-get storage-list unit-get]]):gmatch "%S+" do
  TOOLS[#TOOLS + 1] = name
end

local Agent = {}
Agent.__index = Agent

-- charmlab lies beside whichever program runs the specs.
local function charmlab()
  return (sys.executable():gsub("[^/]*$", "charmlab"))
end

--- Starts the agent alone.
function M.agent()
  local dir = assert(fs.mkdtemp "/tmp/charmhost-hooktools-")
  local self = setmetatable({ dir = dir, round = 0 }, Agent)
  assert(fs.mkdir(dir .. "/tools"))
  for _, name in ipairs(TOOLS) do
    assert(fs.symlink(charmlab(), ("%s/tools/%s"):format(dir, name)))
  end
  self:reset()
  self.process = assert(proc.spawn {
    argv = { charmlab(), "script", "tests/support/hooktools_agent.lua", dir },
    stdin = "pipe", stdout = "pipe",
  })
  if self.process:stdout():read(6) ~= "ready\n" then
    self:stop()
    error("cannot start the specs' unit agent; see its words above")
  end
  return self
end

--- Starts the agent and calls it by this door from now on.
---@param door "socket"|"exec"
function M.start(door)
  local self = M.agent()
  self:enter(door)
  return self
end

--- The variables of a hook that this agent runs.
function Agent:environ()
  return {
    JUJU_CONTEXT_ID = "app/0-test-1",
    JUJU_AGENT_SOCKET_ADDRESS = self.dir .. "/agent.socket",
    JUJU_AGENT_SOCKET_NETWORK = "unix",
    PATH = self.dir .. "/tools",
  }
end

function Agent:enter(door)
  if door == "socket" then
    tool.use(assert(socket.open(contexts.read(self:environ()))))
  else
    tool.use(exec.open(self:environ()))
  end
end

--- Forgets calls and answers.
function Agent:reset()
  self.round = self.round + 1
  self.answers = { round = tostring(self.round) }
  self:save()
  assert(fs.write(self.dir .. "/calls", ""))
end

function Agent:save()
  assert(fs.write(self.dir .. "/answers.json", json.encode(self.answers)))
end

--- Adds an answer: what the tool prints, or a table {code=, stderr=, ...}.
function Agent:answer(name, answer)
  if type(answer) == "string" then
    answer = { stdout = answer }
  end
  local list = self.answers[name] or json.array()
  list[#list + 1] = answer
  self.answers[name] = list
  self:save()
end

--- Everything known about each call.
function Agent:requests()
  local list = {}
  for line in assert(fs.read(self.dir .. "/calls")):gmatch "[^\n]+" do
    list[#list + 1] = json.decode(line)
  end
  return list
end

--- Each call as its words, with stdin where it had one.
function Agent:calls()
  local list = {}
  for i, request in ipairs(self:requests()) do
    list[i] = table.move(request.args, 1, #request.args, 2, { request.tool })
    list[i].stdin = request.stdin
  end
  return list
end

function Agent:kill()
  self.process:kill "KILL"
  self.process:wait(5)
end

function Agent:stop()
  tool.close()
  self.process:stdin():close()
  if not self.process:wait(5) then
    self:kill()
  end
  self.process:close()
  fs.remove_all(self.dir)
end

return M
