-- SPDX-License-Identifier: Apache-2.0
-- One workload container: a root file system that is new at each start, kept
-- storages, and a supervisor behind Pebble's socket. A container that ends is
-- started again, later each time. Owns its bwrap process.
local fs = require "host.fs"
local json = require "std.json"
local paths = require "lab.paths"
local pebble_events = require "lab.pebble_events"
local proc = require "host.proc"
local sandbox = require "lab.sandbox"
local sys = require "host.sys"
local sysinfo = require "lab.sysinfo"

local M = {}
M.__index = M

local SKELETON <const> = {
  "charm/bin", "charm/container", "dev", "etc", "home", "mnt", "opt", "proc",
  "root", "run", "srv", "sys", "usr", "var/cache", "var/lib", "var/log",
  "var/spool", "var/tmp",
}
local READY_POLL <const>, READY_TIMEOUT <const> = 0.1, 30
local FIRST_DELAY <const>, LAST_DELAY <const> = 1, 60
local STOP_TIMEOUT <const> = 20
-- Asked once: after a rebuild the running program has no path any more.
local OWN_PROGRAM <const> = sys.executable()

---@param options table loop, machine, unit, paths, name, image, mounts,
---  program, log, on_change
---@return table container
function M.new(options)
  local base <const> = options.paths.rootfs .. "/" .. options.name
  return setmetatable({
    loop = options.loop,
    machine = options.machine,
    unit = options.unit,
    paths = options.paths,
    name = options.name,
    image = options.image,
    mounts = options.mounts,
    program = options.program,
    log = options.log,
    on_change = options.on_change,
    base = base,
    socket = ("%s/%s/pebble.socket"):format(options.paths.containers,
      options.name),
  }, M)
end

local function make_rootfs(self)
  assert(fs.remove_all(self.base))
  local root <const> = self.base .. "/root"
  for _, dir in ipairs(SKELETON) do
    assert(fs.mkdirs(root .. "/" .. dir))
  end
  assert(fs.mkdirs(self.base .. "/local"))
  assert(fs.mkdirs(root .. "/tmp"))
  assert(fs.chmod(root .. "/tmp", tonumber("1777", 8)))
  assert(fs.symlink("../run", root .. "/var/run"))
  for _, dir in ipairs(self.image.dirs) do
    assert(fs.mkdirs(root .. dir))
  end
  for _, mount in ipairs(self.mounts) do
    assert(fs.mkdirs(root .. mount.target))
    assert(fs.mkdirs(mount.source))
  end
  local users <const> = { sandbox.ROOT }
  if self.image.user.uid ~= 0 then
    users[2] = self.image.user
  end
  sandbox.write_etc(self.base .. "/etc", self.unit, users)
end

local function command_of(self)
  if self.program ~= OWN_PROGRAM then
    return { "/charm/bin/pebble", "run", "--create-dirs", "--hold" }
  end
  return {
    "/charm/bin/pebble", "supervise", "--socket",
    "/charm/container/pebble.socket",
  }
end

local function environment(self)
  return {
    PATH = self.image.path,
    HOME = self.image.user.home,
    USER = self.image.user.name,
    LANG = "C.UTF-8",
    JUJU_CONTAINER_NAME = self.name,
    PEBBLE = "/var/lib/pebble/default",
    PEBBLE_SOCKET = "/charm/container/pebble.socket",
  }
end

-- bwrap says which process is the first one inside.
local function read_info(self, info)
  local parts <const> = {}
  while self.loop:readable(info:fd(), READY_TIMEOUT) do
    local bytes <const> = info:read(4096)
    if not bytes or bytes == "" then
      break
    end
    parts[#parts + 1] = bytes
  end
  local value <const> = json.decode(table.concat(parts))
  return type(value) == "table" and value["child-pid"] or nil
end

local function spawn(self)
  local argv <const> = sandbox.container(self.machine, self.unit, self.paths, {
    name = self.name,
    rootfs = self.base .. "/root",
    local_folder = self.base .. "/local",
    etc = self.base .. "/etc",
    image = self.image,
    mounts = self.mounts,
    program = self.program,
    command = command_of(self),
  })
  local output <close> = assert(fs.open(self.base .. "/output.log", "a"))
  local info <close>, info_end = assert(fs.pipe())
  local process, message = proc.spawn {
    argv = argv, env = environment(self), stdin = "null", stdout = output,
    stderr = output, session = true, fds = { [3] = info_end },
  }
  info_end:close()
  if not process then
    return nil, message
  end
  self.process = process
  self.first = read_info(self, info)
  return process
end

-- Waits until Pebble answers, or the process has ended.
local function wait_ready(self, process)
  local deadline <const> = sys.monotonic() + READY_TIMEOUT
  local why
  repeat
    if process:wait(0) then
      return nil
    end
    local info, message = sysinfo.ask(self.loop, self.socket, READY_TIMEOUT)
    if info then
      -- Pebble tells the kernel's boot id, so each start gets one of ours.
      self.boot = ("%s/%.6f"):format(info.boot, sys.time())
      self.on_change()
      return true
    end
    why = message
    self.loop:sleep(READY_POLL)
  until sys.monotonic() > deadline
  self.log("ERROR", ("container %s is not ready: %s"):format(self.name, why))
end

local function end_text(how)
  return how.signal and "signal " .. how.signal
    or "exit code " .. tostring(how.code)
end

local function last_output(self)
  local text <const> = fs.read(self.base .. "/output.log") or ""
  return text:sub(-400):gsub("%s+$", "")
end

-- One life of the container; returns how long it was ready.
local function live(self)
  fs.remove(self.socket)
  make_rootfs(self)
  local process, message = spawn(self)
  if not process then
    self.log("ERROR", ("cannot start container %s: %s")
      :format(self.name, message))
    return 0
  end
  wait_ready(self, process)
  local ready_at <const> = sys.monotonic()
  self.events = pebble_events.new {
    loop = self.loop, socket = self.socket, on_event = self.on_change,
  }
  local watcher <const> = self.loop:spawn(self.events.run, self.events)
  watcher.name = "Pebble's notices of " .. self.name
  local how
  repeat
    how = self.loop:wait_process(process)
  until how
  watcher:cancel()
  watcher:join()
  self.boot, self.process, self.first, self.events = nil, nil, nil, nil
  if not self.stopping then
    self.log("WARNING", ("container %s ended (%s) and will start again: %s")
      :format(self.name, end_text(how), last_output(self)))
  end
  process:close()
  return sys.monotonic() - ready_at
end

-- A life that could not even be prepared, on a full disk for example.
local function try_to_live(self)
  local ok, lasted = pcall(live, self)
  if ok then
    return lasted
  elseif lasted == self.loop.cancelled then
    error(lasted, 0)
  end
  self.log("ERROR", ("cannot start container %s: %s")
    :format(self.name, tostring(lasted)))
  return 0
end

---Runs the container until stop(); the body of its task.
function M:run()
  local delay = FIRST_DELAY
  self.finished = self.loop:event()
  while not self.stopping do
    local lasted <const> = try_to_live(self)
    if self.stopping then
      break
    end
    delay = lasted > LAST_DELAY and FIRST_DELAY or delay
    self.wake = self.loop:event()
    self.wake:wait(delay)
    delay = math.min(delay * 2, LAST_DELAY)
  end
  self.finished:set()
end

-- The supervisor is the child of bwrap's own first process.
local function supervisor_pid(first)
  local text <const> =
    fs.read(("/proc/%d/task/%d/children"):format(first, first))
  return text and tonumber(text:match("%d+"))
end

---Ends the container: its services by the supervisor, then the rest.
---@param kill boolean? all of it at once
function M:stop(kill)
  self.stopping = true
  if self.wake then
    self.wake:set()
  end
  local process <const> = self.process
  if process and process:pid() then
    local pid <const> = not kill and self.first and supervisor_pid(self.first)
    if pid then
      sys.kill(math.tointeger(pid), "TERM")
    else
      process:kill("KILL")
    end
    if self.finished and not self.finished:wait(STOP_TIMEOUT) then
      process:kill("KILL")
    end
  end
  if self.finished then
    self.finished:wait(STOP_TIMEOUT)
  end
end

---The mounts of a container: its unit's storages at their places.
---@param charm lab.Charm
---@param unit lab.Unit
---@param unit_paths lab.UnitPaths
---@param name string
---@return { source: string, target: string }[]
function M.mounts(charm, unit, unit_paths, name)
  local found <const> = {}
  for _, mount in ipairs(charm.containers[name].mounts) do
    for id, storage in pairs(unit.storage) do
      if storage.name == mount.storage then
        found[#found + 1] = {
          source = paths.storage(unit_paths, id),
          target = charm.storage[mount.storage].multiple
            and ("%s/%s"):format(mount.location, id:match("%d+$"))
            or mount.location,
        }
      end
    end
  end
  return found
end

return M
