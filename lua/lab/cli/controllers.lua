-- SPDX-License-Identifier: Apache-2.0
-- bootstrap, resume, controllers, destroy-controller, kill-controller: the
-- daemon's life, and its data folder's.
local client = require "lab.cli.client"
local fs = require "host.fs"
local leftovers = require "lab.leftovers"
local paths = require "lab.paths"
local preflight = require "lab.preflight"
local proc = require "host.proc"
local seeds = require "lab.seed"
local store = require "lab.store"
local sys = require "host.sys"

local M = {}

local START_TIMEOUT <const>, STOP_TIMEOUT <const> = 30, 120
local PRIVATE <const> = tonumber("700", 8)

local function uuid()
  return (sys.random(16):gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

local function log_tail(data)
  local text <const> = fs.read(data .. "/controller.log") or ""
  return text:sub(-1000):gsub("%s+$", "")
end

-- Starts the daemon and waits until it answers.
local function start(data)
  local log <close> = assert(fs.open(data .. "/controller.log", "a",
    tonumber("600", 8)))
  local process, message = proc.spawn {
    argv = { sys.executable(), "controller", data },
    cwd = "/", stdin = "null", stdout = log, stderr = log, session = true,
  }
  if not process then
    return nil, "cannot start the controller: " .. message
  end
  local deadline <const> = sys.monotonic() + START_TIMEOUT
  repeat
    if client.call { verb = "ping" } then
      process:detach()
      return true
    elseif process:wait(0.05) then
      return nil, "cannot start the controller: " .. log_tail(data)
    end
  until sys.monotonic() > deadline
  process:close()
  return nil, ("the controller did not answer in %d s: %s")
    :format(START_TIMEOUT, log_tail(data))
end

-- What the person gave, or CHARMLAB_SEED, or 0: nothing left to chance.
local function read_seed(options)
  local text = options.seed or sys.getenv("CHARMLAB_SEED")
  return seeds.read(text and text ~= "" and text or "0")
end

local function bootstrap(options, args)
  local cloud <const>, name <const> = args[1], args[2]
  local seed, bad_seed = read_seed(options)
  if not seed then
    return nil, bad_seed, 2
  end
  local data <const> = paths.data()
  local running <const> = client.call { verb = "ping" }
  if running then
    return nil, ('controller "%s" already exists'):format(running.name)
  elseif fs.stat(data .. "/controller.json") then
    return nil, client.absent(data)
      .. ("; or remove it with: charmlab kill-controller NAME")
  end
  local machine, message = preflight.check()
  if not machine then
    return nil, message
  end
  assert(fs.mkdirs(data, PRIVATE))
  assert(store.save_controller(data,
    { name = name, cloud = cloud, uuid = uuid(), seed = seed, models = {} }))
  local ok, why = start(data)
  if not ok then
    fs.remove(data .. "/controller.json")
    return nil, why
  end
  io.stdout:write(('Created the local controller "%s" on %s; its data is in '
    .. "%s\nAdd a model with: charmlab add-model NAME\n")
    :format(name, cloud, data))
  if seed ~= 0 then
    io.stdout:write(("What Juju leaves open is chosen by the seed %d; for the "
      .. "same again: --seed %d\n"):format(seed, seed))
  end
  return 0
end

M.bootstrap = {
  args = "CLOUD NAME [--seed N]",
  about = "start a local controller; a seed varies the order of hooks",
  flags = { { "seed" } },
  least = 2,
  run = bootstrap,
}

M.resume = {
  args = "",
  about = "start the controller again after it has ended",
  run = function()
    local data <const> = paths.data()
    if client.call { verb = "ping" } then
      return nil, "the controller is running"
    elseif not fs.stat(data .. "/controller.json") then
      return nil, client.absent(data)
    end
    local ok, why = start(data)
    return ok and 0, why
  end,
}

M.controllers = {
  args = "",
  about = "name the controller and say whether it runs",
  run = function()
    local record <const> = store.controller(paths.data())
    if not record then
      return nil, client.absent(paths.data())
    end
    local running <const> = client.call { verb = "ping" } ~= nil
    io.stdout:write(("%s  %s  %s\n"):format(record.name, record.cloud,
      running and "running" or "not running"))
    return 0
  end,
}

local function lock_is_free(data)
  local file <close> = fs.open(data .. "/controller.lock", "a")
  return not file or file:lock(true, true) == true
end

-- Asks the daemon to end and waits until it has.
local function shut_down(data)
  local answer, message, code = client.call { verb = "shutdown" }
  if not answer and code ~= "absent" then
    return nil, message
  end
  local deadline <const> = sys.monotonic() + STOP_TIMEOUT
  while not lock_is_free(data) do
    if sys.monotonic() > deadline then
      return nil, ("the controller did not end in %d s"):format(STOP_TIMEOUT)
    end
    sys.sleep(0.05)
  end
  return true
end

local function destroy(_, args)
  local data <const> = paths.data()
  local record <const> = store.controller(data)
  if not record or record.name ~= args[1] then
    return nil, ('controller "%s" not found'):format(args[1])
  end
  local ok, message = shut_down(data)
  if not ok then
    return nil, message
  end
  local removed, why = leftovers.finish(data)
  if not removed then
    return nil, why
  end
  -- controller.json goes last: killed meanwhile, this can be said again.
  removed, why = fs.remove_all(data .. "/models")
  if removed then
    removed, why = fs.remove_all(data)
  end
  if not removed then
    return nil, ("cannot remove %s: %s"):format(data, why)
  end
  io.stdout:write(('Removed the controller "%s"\n'):format(args[1]))
  return 0
end

for _, name in ipairs { "destroy-controller", "kill-controller" } do
  M[name] = {
    args = "NAME",
    about = "stop all models and remove the controller with its data",
    flags = {
      { "no-prompt", "y", bool = true }, { "destroy-all-models", bool = true },
      { "destroy-storage", bool = true }, { "release-storage", bool = true },
      { "force", bool = true }, { "no-wait", bool = true },
      { "timeout", "t" },
    },
    least = 1,
    run = destroy,
  }
end

return M
