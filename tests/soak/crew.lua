-- SPDX-License-Identifier: Apache-2.0
-- The workers of the soak test, each a process: starts them, hears what they
-- count and what went wrong, and sees them end.
local fs = require "host.fs"
local json = require "std.json"
local poll = require "host.poll"
local proc = require "host.proc"
local sys = require "host.sys"
local watch = require "watch"

local M = {}

local FOLDER <const> = "tests/soak/"
local PIECE <const> = 65536

---@class soak.Crew
---@field failures string[]
---@field private list table[]
local Crew = {}
Crew.__index = Crew

local function start_target(lab)
  local target = assert(proc.spawn {
    argv = { lab, "script", FOLDER .. "target.lua" },
    stdin = "pipe", -- its end ends it
    stdout = "pipe",
  })
  local port = assert(target:stdout():read(64)):match "^%d+"
  return target, assert(port, "the checks' target does not start")
end

---@param options {lab: string, socket: string, dir: string, jobs: string[],
--- seconds: number, pause: number}
---@return soak.Crew
function M.start(options)
  local self = setmetatable({ list = {}, failures = {} }, Crew)
  local port
  self.target, port = start_target(options.lab)
  for _, job in ipairs(options.jobs) do
    local dir = ("%s/%s"):format(options.dir, job)
    assert(fs.mkdirs(dir))
    local process = assert(proc.spawn {
      argv = { options.lab, "script", FOLDER .. "worker.lua", job,
        options.socket, dir, tostring(options.seconds),
        tostring(options.pause), port },
      stdout = "pipe",
      group = true,
    })
    process:stdout():nonblock()
    self.list[#self.list + 1] = { job = job, process = process, text = "",
      processor = 0, counts = { requests = 0, changes = 0, errors = 0 } }
  end
  return self
end

local function hear(self, worker)
  local data, _, code = worker.process:stdout():read(PIECE)
  while data and data ~= "" do
    worker.text = worker.text .. data
    data, _, code = worker.process:stdout():read(PIECE)
  end
  for line, after in worker.text:gmatch "([^\n]*)\n()" do
    local said = assert(json.decode(line), line)
    worker.counts = said.counts or worker.counts
    table.insert(self.failures, said.failure)
    worker.rest = after
  end
  worker.text, worker.rest = worker.text:sub(worker.rest or 1), nil
  if data or code ~= "again" then
    local how = worker.process:wait() or {}
    worker.ended = true
    worker.process:close()
    if how.code ~= 0 and how.code ~= 1 then
      table.insert(self.failures, ("%s ended with %s"):format(worker.job,
        tostring(how.code or how.signal)))
    elseif how.code == 1 then
      table.insert(self.failures, worker.job .. " gave up")
    end
  end
end

---Hears the workers for a while.
---@param seconds number
---@return boolean going some still work
function Crew:turn(seconds)
  local deadline = sys.monotonic() + seconds
  local going
  repeat
    local entries = {}
    for _, worker in ipairs(self.list) do
      if not worker.ended then
        entries[#entries + 1] = { fd = worker.process:stdout():fd(),
          read = true, worker = worker }
      end
    end
    going = #entries > 0
    local left = math.max(0, deadline - sys.monotonic())
    for _, entry in ipairs(going and assert(poll.wait(entries, left)) or {}) do
      hear(self, entry.worker)
    end
  until not going or sys.monotonic() >= deadline
  if not going then
    self.target:close()
  end
  return going
end

---@return {requests: integer, changes: integer, errors: integer} of all
function Crew:counts()
  local sum = { requests = 0, changes = 0, errors = 0 }
  for _, worker in ipairs(self.list) do
    for name, count in pairs(worker.counts) do
      sum[name] = sum[name] + count
    end
  end
  return sum
end

---@return number seconds of the processor that they took
function Crew:processor()
  local sum = 0
  for _, worker in ipairs(self.list) do
    if not worker.ended then
      worker.processor = watch.processor(worker.process:pid())
    end
    sum = sum + worker.processor
  end
  return sum
end

return M
