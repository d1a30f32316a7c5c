-- SPDX-License-Identifier: Apache-2.0
-- `make bench-pebble`: what lua/pebble takes, beside curl and ops.pebble on the
-- same daemon in the same run. usage: charmlab script bench/pebble/run.lua
-- [--rounds N] [--most MIB]
package.path = package.path .. ";bench/?.lua"

local fs = require "host.fs"
local pebbles = require "pebbles"
local proc = require "host.proc"
local stats = require "stats"
local sys = require "host.sys"

local BUILD <const> = sys.executable():match "^(.*)/"
local MEASURE <const> = BUILD .. "/bench/measure"
local MIB <const> = 1024 * 1024

local options = { rounds = 5, most = 1024 }
for name, value in table.concat({ ... }, " "):gmatch "%-%-(%a+) (%d+)" do
  options[name] = math.tointeger(tonumber(value))
end

local dir = assert(fs.mkdtemp((fs.stat "/dev/shm" and "/dev/shm" or "/tmp")
  .. "/bench-pebble-"))
local daemon = pebbles.start(dir .. "/daemon")
local local_file, remote_file = dir .. "/local", dir .. "/remote"

local function ours(...)
  return { BUILD .. "/charmhost", "run", "bench/pebble/ours.lua",
    daemon.socket, ... }
end

local function ops(...)
  return { BUILD .. "/ops/bin/python", "bench/pebble/ops_peer.py",
    daemon.socket, ... }
end

local function curl(...)
  return { "/usr/bin/curl", "-sSf", "--unix-socket", daemon.socket, "-w",
    "%{stderr}%{time_total}\n", ... }
end

local function curl_push()
  return curl("-o", "/dev/null", "-F", 'request={"action":"write","files":'
    .. ('[{"path":"%s"}]};type=application/json'):format(remote_file),
    "-F", ("files=@%s;filename=%s"):format(local_file, remote_file),
    "http://localhost/v1/files")
end

local function curl_pull()
  return curl("-o", local_file, "-H", "Accept: multipart/form-data",
    "http://localhost/v1/files?action=read&path=" .. remote_file)
end

-- Seconds by the program's own clock, and its peak in MiB.
local function measure(argv)
  local result = assert(proc.run {
    argv = { MEASURE, table.unpack(argv) },
    timeout = 600,
  })
  local peak, status = result.stdout:match "^%d+ %d+ (%d+) (%d+)"
  assert(status == "0", result.stderr)
  return tonumber(result.stderr:match "([%d.]+)\n$"), tonumber(peak) / 1024
end

-- The subjects in turn, so that noise falls on all of them.
local function compare(subjects, rounds)
  local results = {}
  for _, subject in ipairs(subjects) do
    results[subject.name] = { seconds = {}, peak = 0 }
  end
  for _ = 1, rounds do
    for _, subject in ipairs(subjects) do
      local result = results[subject.name]
      local seconds, peak = measure(subject.argv())
      table.insert(result.seconds, seconds)
      result.peak = math.max(result.peak, peak)
    end
  end
  for _, result in pairs(results) do
    result.seconds = stats.summary(result.seconds)
  end
  return results
end

local function fill(path, size)
  local file <close> = assert(fs.open(path, "w"))
  for _ = 1, size do
    assert(file:write(sys.random(MIB)))
  end
end

local IDLE <const> = select(2, measure(ours "idle"))

local function transfer_row(rows, what, size, subject, result, reference)
  rows[#rows + 1] = {
    ("%s %d MiB"):format(what, size),
    subject.name,
    stats.triple(stats.summary {
      size / result.seconds.min, size / result.seconds.median,
      size / result.seconds.max }),
    ("%.2f"):format(reference.seconds.median / result.seconds.median),
    ("%.1f"):format(result.peak),
    subject.name == "charmhost" and ("%.1f"):format(result.peak - IDLE) or "",
  }
end

local function transfers()
  local rows = { { "", "by", "MiB/s min / median / max", "of curl",
    "peak MiB", "above idle" } }
  for _, size in ipairs { 1, 4, 16, 64, 1024 } do
    for _, what in ipairs(size <= options.most and { "push", "pull" } or {}) do
      fill(what == "push" and local_file or remote_file, size)
      local subjects = {
        { name = "charmhost",
          argv = function() return ours(what, local_file, remote_file) end },
        { name = "curl", argv = what == "push" and curl_push or curl_pull },
      }
      if size <= 16 then
        -- quadratic: 64 MiB would take a quarter of an hour
        subjects[3] = { name = "ops",
          argv = function() return ops(what, local_file, remote_file) end }
      end
      local rounds = size > 64 and math.min(3, options.rounds)
        or options.rounds
      local results = compare(subjects, rounds)
      for _, subject in ipairs(subjects) do
        transfer_row(rows, what, size, subject, results[subject.name],
          results.curl)
      end
    end
  end
  return rows
end

local function calls()
  local rows = { { "", "charmhost ms", "ops ms", "of ops" } }
  for _, call in ipairs {
    { "exec true, to its exit code", "exec", "exec", 50 },
    { "replan with nothing new", "replan", "replan", 20 },
    { "ensure with nothing new, to ops's replan", "ensure", "replan", 20 },
  } do
    local count = tostring(call[4])
    local results = compare({
      { name = "ours", argv = function() return ours(call[2], count) end },
      { name = "ops", argv = function() return ops(call[3], count) end },
    }, options.rounds)
    local mine, theirs = results.ours.seconds, results.ops.seconds
    rows[#rows + 1] = { call[1], ("%.2f"):format(mine.median * 1000),
      ("%.2f"):format(theirs.median * 1000),
      stats.ratio(mine.median / theirs.median) }
  end
  return rows
end

measure(ours("ensure", "1")) -- the service that replan finds running
io.stdout:write(("An idle host peaks at %.1f MiB.\n\n"):format(IDLE),
  stats.markdown(transfers()), "\n", stats.markdown(calls()))
daemon.process:kill "TERM"
daemon.process:wait(20)
fs.remove_all(dir)
