-- SPDX-License-Identifier: Apache-2.0
-- Verbs about models and the controller itself.
local debuglog = require "lab.debuglog"
local duration = require "std.duration"
local json = require "std.json"
local models = require "lab.model"
local names = require "lab.names"
local sys = require "host.sys"

local M = {}

local function uuid()
  local bytes <const> = sys.random(16)
  local hex <const> = bytes:gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end)
  return ("%s-%s-4%s-8%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12),
    hex:sub(14, 16), hex:sub(18, 20), hex:sub(21, 32))
end

M["add-model"] = function(controller, call)
  local record <const> = controller.record
  if not call.name:find("^%l[%l%d%-]*$") then
    return nil, ('"%s" is not a valid name: model names may only contain '
      .. "lowercase letters, digits and hyphens"):format(call.name)
  elseif controller.worlds[call.name] then
    return nil, ('model "%s" already exists'):format(call.name)
  end
  local world <const> = controller:open(models.new {
    name = call.name, uuid = uuid(), index = #record.models,
    network = record.network, seed = record.seed,
  })
  table.insert(record.models, call.name)
  record.current = call.name
  local ok, message = controller:save()
  if not ok then
    return nil, message
  end
  return { name = world.model.name }
end

M.models = function(controller)
  local found <const> = json.array()
  for name, world in names.each(controller.worlds) do
    local units = 0
    for _ in pairs(world.model.units) do
      units = units + 1
    end
    table.insert(found, {
      name = name, uuid = world.model.uuid, units = units,
      current = name == controller.record.current,
    })
  end
  return { models = found, controller = controller.record.name }
end

M.switch = function(controller, call)
  if not controller.worlds[call.name] then
    return nil, ('model "%s" not found'):format(call.name)
  end
  controller.record.current = call.name
  local ok, message = controller:save()
  if not ok then
    return nil, message
  end
  return { name = call.name }
end

local CHECKS <const> = {
  ["logging-config"] = debuglog.parse_config,
  ["update-status-hook-interval"] = duration.parse,
  ["clock-offset"] = duration.parse,
  ["automatically-retry-hooks"] = function(text)
    return text == "true" or text == "false" or nil,
      ('expected true or false, got "%s"'):format(text)
  end,
  ["agent-version"] = function(text)
    return text:find("^%d+%.%d+[%w.-]*$"),
      ('"%s" is not a version of Juju'):format(text)
  end,
}

local function check_settings(settings)
  for key, value in names.each(settings) do
    if not CHECKS[key] then
      return nil, ('key "%s" is not a model setting of the lab; it knows %s')
        :format(key, table.concat(names.sorted(CHECKS), ", "))
    end
    local ok, message = CHECKS[key](value)
    if not ok then
      return nil, ('invalid value for "%s": %s'):format(key, message)
    end
  end
  return true
end

M["model-config"] = function(controller, call)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local ok, why = check_settings(call.set or {})
  if not ok then
    return nil, why
  end
  for key, value in pairs(call.set or {}) do
    world.model.config[key] = value
  end
  for _, key in ipairs(call.reset or {}) do
    world.model.config[key] = nil
  end
  world.disk.log:configure(models.setting(world.model, "logging-config"))
  world:save()
  local found <const> = {}
  for key in pairs(models.defaults) do
    found[key] = {
      value = models.setting(world.model, key),
      from = world.model.config[key] and "model" or "default",
    }
  end
  return found
end

-- The answer leaves before the daemon does.
M.shutdown = function(controller)
  controller.loop:spawn(function()
    controller.loop:sleep(0.05)
    controller:stop()
  end)
  return { pid = sys.getpid() }
end

M.ping = function(controller)
  return {
    pid = sys.getpid(),
    name = controller.record.name,
    cloud = controller.record.cloud,
    model = controller.record.current,
  }
end

return M
