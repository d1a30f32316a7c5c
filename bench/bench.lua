-- SPDX-License-Identifier: Apache-2.0
-- Runs subjects in turn and notes what each run took.
local fs = require "host.fs"
local pebbles = require "pebbles"
local proc = require "host.proc"
local stats = require "stats"

local M = {}

local LIMIT <const> = 120 -- seconds of one run

---@class bench.Bench
---@field loop lab.Loop
---@field agent bench.Agent
---@field proxy bench.Proxy
---@field rounds integer
local Bench = {}
Bench.__index = Bench

---@param options { loop: lab.Loop, agent: bench.Agent, proxy: bench.Proxy, rounds: integer }
---@return bench.Bench
function M.new(options)
  options.measure = assert(fs.realpath "build/bench/measure")
  return setmetatable(options, Bench)
end

-- The words that build/bench/measure prints.
local function measure(self, subject, counting)
  if subject.reset then
    subject.reset()
  end
  self.agent.world = subject.world
  local argv = { self.measure, counting and "-c" or nil }
  table.move(subject.argv, 1, #subject.argv, #argv + 1, argv)
  local process <close> = assert(proc.spawn {
    argv = argv, env = subject.env, cwd = subject.cwd, stdout = "pipe",
  })
  assert(self.loop:wait_process(process, LIMIT))
  local words = {}
  for word in process:stdout():read(200):gmatch("%d+") do
    words[#words + 1] = math.tointeger(tonumber(word))
  end
  assert(words[#words] == 0, subject.name .. " failed: its words are above")
  return words
end

--- One run that is not measured; its calls are kept.
---@param subject bench.Subject
---@return { tools: table[], requests: string[], execs: integer, processes: integer }
function Bench:look(subject)
  self.agent.calls, self.proxy.requests = {}, {}
  self.proxy.target = subject.pebble
  pebbles.point(subject.pebble and self.proxy.socket)
  local words = measure(self, subject, true)
  local calls = self.agent.calls
  self.agent.calls = nil
  return {
    tools = calls,
    requests = self.proxy.requests,
    execs = words[1],
    processes = words[2] + 1,
  }
end

---@class bench.Result
---@field subject bench.Subject
---@field wall bench.Summary milliseconds
---@field cpu bench.Summary milliseconds
---@field peak bench.Summary MiB
---@field seen table what `look` found

local function summary_of(runs, seen)
  local wall, cpu, peak = {}, {}, {}
  for i, words in ipairs(runs) do
    wall[i], cpu[i], peak[i] = words[1] / 1e6, words[2] / 1e3, words[3] / 1024
  end
  return {
    wall = stats.summary(wall),
    cpu = stats.summary(cpu),
    peak = stats.summary(peak),
    seen = seen,
  }
end

--- All subjects in turn, as many rounds as were asked for.
---@param title string
---@param subjects bench.Subject[]
---@param rounds? integer
---@return table<string, bench.Result> by the subject's name
function Bench:series(title, subjects, rounds)
  local runs, seen = {}, {}
  for i, subject in ipairs(subjects) do
    runs[i], seen[i] = {}, self:look(subject)
  end
  for _ = 1, rounds or self.rounds do
    for i, subject in ipairs(subjects) do
      pebbles.point(subject.pebble)
      table.insert(runs[i], measure(self, subject))
    end
  end
  local results = { title = title }
  for i, subject in ipairs(subjects) do
    results[i] = summary_of(runs[i], seen[i])
    results[i].subject = subject
    results[subject.name] = results[i]
  end
  return results
end

return M
