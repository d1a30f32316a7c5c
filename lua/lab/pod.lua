-- SPDX-License-Identifier: Apache-2.0
-- A unit's workload containers together: started, stopped or killed, and
-- brought to what the application says after a refresh. The unit's agent
-- (lab.agent) owns one.
local containers = require "lab.containers"
local images = require "lab.images"
local names = require "lab.names"

local M = {}
M.__index = M

---@param world lab.World
---@param unit lab.Unit
---@param paths lab.UnitPaths
---@param log fun(level: string, module: string, message: string)
---@return table pod
function M.new(world, unit, paths, log)
  return setmetatable({
    world = world, unit = unit, paths = paths, log = log, containers = {},
  }, M)
end

local function application(self)
  return self.world.model.applications[self.unit.application]
end

local function image_name(app, name)
  return app.resources[app.charm.containers[name].resource] or "scratch"
end

local function start(self, name)
  local world <const>, app <const> = self.world, application(self)
  local wanted <const> = image_name(app, name)
  local image, message = images.find(wanted)
  if not image then
    self.log("ERROR", "juju.worker.uniter", message)
    return
  end
  local container <const> = containers.new {
    loop = world.loop, machine = world.machine, unit = self.unit,
    paths = self.paths, name = name, image = image,
    mounts = containers.mounts(app.charm, self.unit, self.paths, name),
    program = world.pebble, on_change = function() world:wake() end,
    log = function(level, text)
      self.log(level, "juju.worker.uniter.container", text)
    end,
  }
  container.image_name = wanted
  self.containers[name] = container
  world.loop:spawn(container.run, container).name = "container " .. name
end

---Starts the containers that the charm has.
function M:start()
  for name in names.each(application(self).charm.containers) do
    if not self.containers[name] then
      start(self, name)
    end
  end
end

local function stop(self, stopping, kill)
  local tasks <const> = {}
  for name, container in pairs(stopping) do
    self.containers[name] = nil
    tasks[#tasks + 1] =
      self.world.loop:spawn(container.stop, container, kill)
  end
  for _, task in ipairs(tasks) do
    task:join()
  end
end

---Ends all containers, side by side.
---@param kill boolean? without asking their services to end
function M:stop(kill)
  local all <const> = {}
  for name, container in pairs(self.containers) do
    all[name] = container
  end
  stop(self, all, kill)
end

---After a refresh: containers that are no more end, those with another image
---or other mounts are made anew.
function M:refresh()
  local app <const>, stale <const> = application(self), {}
  for name, container in pairs(self.containers) do
    local kept <const> = app.charm.containers[name]
    if not kept or image_name(app, name) ~= container.image_name
      or #containers.mounts(app.charm, self.unit, self.paths, name)
        ~= #container.mounts then
      stale[name] = container
    end
  end
  stop(self, stale)
  self:start()
end

---The next event of each container's Pebble.
---@return table<string, lab.PebbleEvent>
function M:events()
  local heard <const>, found <const> = self.unit.uniter.heard or {}, {}
  for name, container in pairs(self.containers) do
    found[name] = container.events
      and container.events:first(heard[name] or 0)
  end
  return found
end

---@return table<string, string> boot id by ready container
function M:boots()
  local boots <const> = {}
  for name, container in pairs(self.containers) do
    boots[name] = container.boot
  end
  return boots
end

return M
