-- SPDX-License-Identifier: Apache-2.0
-- `make bench`: runs every case and prints its table, then the goals. Within
-- the sandbox of bench/sandbox.sh. usage: charmlab script bench/run.lua
-- [--rounds N] [CASE...]
package.path = package.path .. ";tests/support/?.lua"

local agent = require "agent"
local benches = require "bench"
local fs = require "host.fs"
local goals = require "goals"
local loops = require "lab.loop"
local peers = require "peers"
local pebbles = require "pebbles"
local report = require "report"

local CASES <const> = { "start", "empty", "install", "temporal", "doors",
  "growth" }
local DEFAULT_ROUNDS <const> = 30

local function parse(words)
  local options, index = { rounds = DEFAULT_ROUNDS, cases = {} }, 1
  while index <= #words do
    if words[index] == "--rounds" then
      index = index + 1
      options.rounds = math.tointeger(tonumber(words[index]))
    else
      table.insert(options.cases, words[index])
    end
    index = index + 1
  end
  if #options.cases == 0 then
    options.cases = CASES
  end
  return options
end

local function main(options)
  local loop = loops.new()
  loop:main(function()
    assert(fs.stat(peers.ROOT), "cannot run without the sandbox: make bench")
    peers.prepare()
    local bench = benches.new {
      loop = loop,
      rounds = options.rounds,
      agent = agent.start(loop, peers.SOCKET),
      proxy = pebbles.proxy(loop, peers.ROOT .. "/proxy.socket"),
    }
    local all = {}
    for _, name in ipairs(options.cases) do
      local case = require("cases." .. name)
      for _, results in ipairs(case.run(bench)) do
        all[results.title] = results
        io.stdout:write(report.series(results), "\n")
        io.stdout:flush()
      end
    end
    io.stdout:write(report.goals(goals.check(all)))
  end)
end

main(parse { ... })
