-- SPDX-License-Identifier: Apache-2.0
-- One worker of the soak test: does the rounds of a job (tests/soak/jobs) at
-- a supervisor until its time is over, and says as JSON lines what it counted.
-- usage: charmlab script tests/soak/worker.lua JOB SOCKET DIR SECONDS PAUSE
-- PORT
local changes = require "pebble.changes"
local clients = require "pebble.client"
local json = require "std.json"
local sys = require "host.sys"

local FAILURES_MAX <const> = 5
local CHANGE_LIMIT <const> = 60 -- seconds, on a machine with other work
local REPORT <const> = 1
local COUNTED <const> = { "call", "stream", "websocket" }

---@class soak.Worker
---@field client pebble.Client counts its requests
---@field dir string a folder of its own
---@field port integer of the checks' target
---@field round integer
---@field counts {requests: integer, changes: integer, errors: integer}
local Worker = {}
Worker.__index = Worker

local function new_client(socket, counts)
  local client = clients.new { socket = socket, timeout = 30 }
  for _, name in ipairs(COUNTED) do
    local method = client[name]
    client[name] = function(...)
      counts.requests = counts.requests + 1
      return method(...)
    end
  end
  return client
end

---Settles a change that a request has returned: it must be there, ready, and
---ended as expected.
---@param id string
---@param expected? string pattern of its error; nil: it ends well
---@return table change
function Worker:settle(id, expected)
  assert(changes.wait(self.client, "wait for it", id, CHANGE_LIMIT))
  local change = assert(changes.get(self.client, id))
  assert(change.ready, "a change that was ready is not: " .. id)
  if expected then
    assert(change.status == "Error" and change.err:find(expected),
      ("change %s: %s, %s instead of %s"):format(id, change.status,
        tostring(change.err), expected))
    self.counts.errors = self.counts.errors + 1
  else
    assert(change.status == "Done" and not change.err,
      ("change %s: %s, %s"):format(id, change.status, tostring(change.err)))
  end
  self.counts.changes = self.counts.changes + 1
  return change
end

---Asks until `check` says something.
---@generic T
---@param what string
---@param check fun(): T
---@return T
function Worker.eventually(_, what, check)
  local deadline = sys.monotonic() + CHANGE_LIMIT
  repeat
    local found = check()
    if found then
      return found
    end
    sys.sleep(0.1)
  until sys.monotonic() > deadline
  return error("it never came true: " .. what, 2)
end

local function say(report)
  io.stdout:write(json.encode(report), "\n")
  io.stdout:flush()
end

local job_name, socket, dir, seconds, pause, port = ...
local job = require("jobs." .. job_name)
local counts = { requests = 0, changes = 0, errors = 0 }
local worker = setmetatable({
  client = new_client(socket, counts),
  dir = dir,
  port = math.tointeger(tonumber(port)),
  round = 0,
  counts = counts,
}, Worker)

local stop = sys.monotonic() + tonumber(seconds)
local next_report, failures = 0, 0
if job.begin then
  job.begin(worker)
end
repeat
  worker.round = worker.round + 1
  local ok, err = xpcall(job.round, debug.traceback, worker)
  if not ok then
    failures = failures + 1
    say { failure = ("%s, round %d: %s"):format(job_name, worker.round,
      tostring(err)) }
  end
  if sys.monotonic() >= next_report then
    say { counts = counts }
    next_report = sys.monotonic() + REPORT
  end
  sys.sleep(tonumber(pause))
until sys.monotonic() >= stop or failures >= FAILURES_MAX
if job.finish then
  job.finish(worker)
end
say { counts = counts }
worker.client:close()
return failures > 0 and 1 or 0
