-- SPDX-License-Identifier: Apache-2.0
-- `make soak`: the lab's supervisor under mixed load, watched from outside.
-- Prints a row a minute and a verdict a rule; ends with 1 when one is broken.
-- usage: charmlab script tests/soak/run.lua [--minutes N] [--pause SECONDS]
package.path = package.path .. ";./?.lua"

local changes = require "pebble.changes"
local clients = require "pebble.client"
local crew = require "crew"
local fs = require "host.fs"
local proc = require "host.proc"
local services = require "pebble.services"
local sys = require "host.sys"
local watch = require "watch"

local JOBS <const> =
  { "services", "checks", "exec", "files", "notices", "watch" }
local SAMPLE <const> = 0.5
local SAMPLES_MIN <const> = 120 -- a minute
local KEPT <const> = 1000 -- changes that have ended, and notices
local GROWTH <const>, SLACK <const> = 1.05, 1024 -- factor and KiB
local ZOMBIE_MAX <const> = 2
local START_LIMIT <const>, END_LIMIT <const> = 20, 60

local options = { minutes = 30, pause = 0.4 }
for name, value in table.concat({ ... }, " "):gmatch "%-%-(%a+) ([%d.]+)" do
  options[name] = tonumber(value)
end

local function median(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2] or 0
end

local function part(list, from, to)
  return table.move(list, #list * from // 3 + 1, #list * to // 3, 1, {})
end

local function eventually(check, limit)
  local deadline = sys.monotonic() + limit
  local found = check()
  while not found and sys.monotonic() < deadline do
    sys.sleep(0.1)
    found = check()
  end
  return found
end

local dir = assert(fs.realpath(assert(fs.mkdtemp "/tmp/soak-")))
local socket = dir .. "/pebble.socket"
local lab = assert(sys.executable())
local supervisor = assert(proc.spawn {
  argv = { lab, "supervise", "--socket", socket, "--cwd", dir },
  group = true,
})
local pid = supervisor:pid()
local client = clients.new { socket = socket, timeout = 30 }
assert(eventually(function()
  return client:get { tried = "see it come up", path = "/v1/system-info" }
end, START_LIMIT), "the supervisor does not come up")
local descriptors_before = watch.descriptors(pid)
local workers = crew.start { lab = lab, socket = socket, dir = dir,
  jobs = JOBS, seconds = options.minutes * 60, pause = options.pause }

local memory, minute, zombies_seen = {}, {}, {}
local oldest_zombie, full, started = 0, false, sys.monotonic()
local begun = { at = started, requests = 0, processor = 0 }

local function row(...)
  io.stdout:write(("| %4s | %7s | %5s | %3s | %7s | %6s | %8s | %6s |\n")
    :format(...))
  io.stdout:flush()
end

local function report()
  local now, counts = sys.monotonic(), workers:counts()
  local processor = watch.processor(pid) + workers:processor()
  local seconds = now - begun.at
  local most = 0
  for _, count in ipairs(minute.zombies) do
    most = math.max(most, count)
  end
  row(("%.1f"):format((now - started) / 60), median(minute.memory),
    watch.descriptors(pid), most, counts.changes, counts.errors,
    ("%.1f"):format((counts.requests - begun.requests) / seconds),
    ("%.0f"):format(100 * (processor - begun.processor) / seconds))
  begun = { at = now, requests = counts.requests, processor = processor }
  minute = { memory = {}, zombies = {} }
end

-- Memory counts from when as many changes are kept as ever will be: the first
-- one is forgotten.
local function is_full()
  local first, err = changes.get(client, "1")
  return not first and err.data.status == 404 and workers:counts().changes > 0
end

local function sample()
  local kib = assert(watch.memory(pid), "the supervisor has ended")
  full = full or is_full()
  memory[#memory + 1] = full and kib or nil
  table.insert(minute.memory, kib)
  local count, age = watch.zombies(pid, zombies_seen)
  table.insert(minute.zombies, count)
  oldest_zombie = math.max(oldest_zombie, age)
end

row("min", "RSS KiB", "fds", "Z", "changes", "errors", "reqs / s", "core %")
row("---", "---", "---", "---", "---", "---", "---", "---")
minute = { memory = {}, zombies = {} }
while workers:turn(SAMPLE) do
  sample()
  if sys.monotonic() - begun.at >= 60 then
    report()
  end
end
if #minute.memory > 0 then
  report()
end

-- The load has ended: what is left of it?
local stopped = assert(services.act(client, "stop",
  { "above", "base", "falters", "guarded", "talks" }, 0))
stopped = assert(changes.wait(client, "stop", stopped.id, END_LIMIT))
local open
eventually(function()
  open = assert(changes.list(client))
  return #open == 0
end, END_LIMIT)
local kept = assert(changes.list(client, { select = "all" }))
local noted = assert(client:get { tried = "list", path = "/v1/notices",
  query = { users = "all" } })
local descriptors_after
eventually(function()
  descriptors_after = watch.descriptors(pid)
  return descriptors_after <= descriptors_before
end, END_LIMIT)
client:close()
supervisor:kill "TERM"
local how = supervisor:wait(END_LIMIT) or {}
local left = watch.inhabitants(dir)
supervisor:close()
fs.remove_all(dir)

local failed = 0
local function judge(good, rule, ...)
  failed = failed + (good and 0 or 1)
  io.stdout:write(good and "ok      " or "FAILED  ", rule:format(...), "\n")
end

local counts = workers:counts()
local second, last = median(part(memory, 1, 2)), median(part(memory, 2, 3))
io.stdout:write "\n"
judge(#memory >= SAMPLES_MIN and last <= second * GROWTH + SLACK,
  "memory is flat: median of the last third %d KiB, of the second %d KiB, of "
  .. "%.0f s with a full history", last, second, #memory * SAMPLE)
judge(oldest_zombie <= ZOMBIE_MAX,
  "no child that ended waits: the oldest seen for %.1f s", oldest_zombie)
judge(#workers.failures == 0 and counts.changes > 0,
  "no change is lost, and each ended as expected: %d, %d of them as errors; "
  .. "%d faults", counts.changes, counts.errors, #workers.failures)
judge(#open == 0 and stopped.status == "Done",
  "none is in progress after the load: %d", #open)
judge(#kept <= KEPT and #noted <= KEPT,
  "what has ended is kept up to a bound: %d changes, %d notices", #kept,
  #noted)
judge(descriptors_after <= descriptors_before,
  "the descriptors are as before: %d, %d", descriptors_after,
  descriptors_before)
judge(how.code == 0 and #left == 0,
  "SIGTERM ends it, and nothing stays: code %s, %d processes",
  how.code or how.signal or "none", #left)
for _, failure in ipairs(workers.failures) do
  io.stdout:write(failure, "\n")
end
io.stdout:write(("%d requests in %.0f s\n%d passed, %d failed\n"):format(
  counts.requests, sys.monotonic() - started, 7 - failed, failed))
return failed > 0 and 1 or 0
