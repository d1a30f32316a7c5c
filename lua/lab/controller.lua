-- SPDX-License-Identifier: Apache-2.0
-- The lab's daemon: all models of one data folder, their agents on one loop,
-- and the verbs served as JSON over HTTP on controller.socket. Ends all it
-- started when it is told to end.
local api = require "lab.api"
local disks = require "lab.disk"
local fs = require "host.fs"
local http = require "lab.http"
local json = require "std.json"
local leftovers = require "lab.leftovers"
local loops = require "lab.loop"
local net = require "host.lab.net"
local network = require "lab.network"
local paths = require "lab.paths"
local preflight = require "lab.preflight"
local signals = require "host.lab.signals"
local store = require "lab.store"
local sys = require "host.sys"
local worlds = require "lab.world"

local M = {}
M.__index = M

local BODY_MAX <const> = 4 << 20

---@class lab.Controller
---@field loop lab.Loop
---@field data string
---@field machine lab.Machine
---@field record table what controller.json holds
---@field worlds table<string, lab.World>

-- One daemon a data folder; the lock goes with the process.
local function take_lock(data)
  local file, message =
    fs.open(data .. "/controller.lock", "a", tonumber("600", 8))
  if not file then
    return nil, message
  end
  if not file:lock(true, true) then
    return nil, "another controller already uses " .. data
  end
  return file
end

local function answer(status, value)
  return {
    status = status,
    headers = { ["content-type"] = "application/json" },
    body = json.encode(value),
  }
end

---Runs one verb for a client.
---@param request lab.http.Request
---@return lab.http.Response
function M:handle(request)
  local text, message = request.body:read_all(BODY_MAX)
  local call = text and json.decode(text)
  if type(call) ~= "table" then
    return answer(400, { error = message or "not a JSON object" })
  end
  local verb <const> = api.verbs[call.verb]
  if not verb then
    return answer(404, { error = ("no verb %s"):format(tostring(call.verb)) })
  end
  local room, full = true, nil
  if api.needs_room(call) then
    room, full = disks.room(self.data)
  end
  if not room then
    return answer(200, { error = full })
  end
  local result, why = verb(self, call)
  if result == nil then
    return answer(200, { error = why })
  end
  return answer(200, { result = result })
end

---Makes or resumes a model's world.
---@param model table
---@return lab.World
function M:open(model)
  local world <const> = worlds.new {
    loop = self.loop, machine = self.machine, data = self.data,
    model = model,
  }
  self.worlds[model.name] = world
  world:resume()
  return world
end

---@return true?
---@return string? message
function M:save()
  return store.save_controller(self.data, self.record)
end

---The model a call is about: its -m, or the current one.
---@param call { model: string? }
---@return lab.World?
---@return string? message
function M:world(call)
  local name <const> = call.model or self.record.current
  if not name then
    return nil, "no model in focus; add one with: charmlab add-model NAME"
  end
  local world <const> = self.worlds[name]
  if not world then
    return nil, ('model "%s" not found'):format(name)
  end
  return world
end

---Stops every agent, hook and container, then the loop.
function M:stop()
  if self.stopping then
    return
  end
  self.stopping = true
  local tasks <const> = {}
  for _, world in pairs(self.worlds) do
    tasks[#tasks + 1] = self.loop:spawn(world.stop, world)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
  self.loop:stop()
end

local function watch_signals(self, watched)
  while true do
    self.loop:readable(watched:fd())
    if #watched:read() > 0 then
      self.loop:spawn(self.stop, self)
    end
  end
end

local function start(self)
  for _, name in ipairs(self.record.models) do
    local model, message = store.model(paths.model(self.data, name))
    if not model then
      error(("cannot resume model %s: %s"):format(name, message), 0)
    end
    self:open(model)
  end
end

-- The socket appears under its name when it listens already.
local function listen(data)
  local path <const> = data .. "/controller.socket"
  fs.remove(path)
  return assert(net.listen { path = path, mode = tonumber("600", 8) })
end

---The daemon: charmlab controller DATA.
---@param argv string[]
---@return integer exit code
function M.main(argv)
  local data <const> = argv[1]
  local lock <close>, message = take_lock(data)
  local machine, machine_why = preflight.check()
  local record, record_why = store.controller(data)
  if not lock or not machine or not record then
    io.stderr:write(message or machine_why or record_why, "\n")
    return 1
  end
  local reservation <close>, number = network.reserve(record.network)
  if not reservation then
    io.stderr:write(number, "\n")
    return 1
  end
  local clean, remain = leftovers.finish(data)
  if not clean then
    io.stderr:write(remain, "\n")
    return 1
  end
  record.network = number
  assert(store.save_controller(data, record))
  assert(fs.write(data .. "/controller.pid", sys.getpid() .. "\n"))
  local watched <close> = assert(signals.block { "TERM", "INT", "HUP" })
  local self <const> = setmetatable({
    loop = loops.new(), data = data, machine = machine, record = record,
    worlds = {},
  }, M)
  self.loop:spawn(watch_signals, self, watched)
  local failed
  self.loop:spawn(function()
    local ok, why = pcall(start, self)
    if not ok then
      io.stderr:write(tostring(why), "\n")
      failed = true
      return self.loop:stop()
    end
    http.serve(self.loop, listen(data), function(request)
      return self:handle(request)
    end)
  end)
  self.loop:run()
  fs.remove(data .. "/controller.socket")
  return failed and 1 or 0
end

return M
