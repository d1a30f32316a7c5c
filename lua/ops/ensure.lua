-- SPDX-License-Identifier: Apache-2.0
-- Container:ensure: the layer is in the plan and its enabled services run.
-- Asks first, so that what is so already costs Pebble two reads. A file in the
-- charm's folder marks the gap between adding and replanning: a dispatch
-- killed there is finished by the next one, though the plan looks right.
local fs = require "host.fs"
local json = require "std.json"
local layers = require "pebble.layers"
local plan = require "pebble.plan"
local services = require "pebble.services"
local sys = require "host.sys"
local yaml = require "std.yaml"

-- What `replan` would start; a service in backoff is Pebble's own business.
local STOPPED <const> = { inactive = true, error = true }

local function mark_of(client, options)
  local dir = options.charm_dir or sys.getenv("JUJU_CHARM_DIR")
    or sys.getenv("CHARM_DIR")
  return dir and ("%s/.replan-%s"):format(dir, client.name or "workload")
end

local function needs_start(client, layer)
  local names = {}
  for name, service in pairs(layer.services or {}) do
    if type(service) == "table" and service.startup == "enabled" then
      names[#names + 1] = name
    end
  end
  if #names == 0 then
    return false
  end
  table.sort(names)
  local list, err = services.list(client, names)
  if not list then
    return nil, err
  end
  for _, service in ipairs(list) do
    if STOPPED[service.current] then
      return true
    end
  end
  return false
end

local function add(client, options, mark)
  if mark then
    local ok, message = fs.write(mark, options.label .. "\n",
      { atomic = false })
    if not ok then
      return nil, client:failure("note an unfinished replan", message, "mark")
    end
  end
  return layers.add(client, options.label, options.layer, { combine = true })
end

local function replan(client, options, mark)
  local change, err = services.act(client, "replan", nil, options.timeout)
  if not change then
    return nil, err
  end
  if mark and fs.lstat(mark) then
    local ok, message = fs.remove(mark)
    if not ok then
      return nil, client:failure("note a finished replan", message, "mark")
    end
  end
  return true
end

---@param client pebble.Client
---@param options {label: string, layer: table|string, charm_dir?: string, timeout?: number}
---@return boolean? changed
---@return std.Error? err
local function ensure(client, options)
  local layer = options.layer
  if type(layer) == "string" then
    local message
    layer, message = yaml.decode(layer)
    if type(layer) ~= "table" or json.is_array(layer) then
      error("ensure: the layer is no map: " .. (message or options.layer), 3)
    end
  end
  local mark = mark_of(client, options)
  local current, err = plan.get(client)
  if not current then
    return nil, err
  end
  local differs = plan.differs(current, layer)
  local wanted = differs or mark ~= nil and fs.lstat(mark) ~= nil
  if not wanted then
    wanted, err = needs_start(client, layer)
  end
  if not wanted then
    return wanted, err
  end
  if differs then
    local ok, why = add(client, options, mark)
    if not ok then
      return nil, why
    end
  end
  return replan(client, options, mark)
end

return ensure
