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

local M = {}

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

local function layer_of(options)
  local layer = options.layer
  if type(layer) == "string" then
    local message
    layer, message = yaml.decode(layer)
    if type(layer) ~= "table" or json.is_array(layer) then
      error("ensure: the layer is no map: " .. (message or options.layer), 4)
    end
  end
  return layer
end

-- Is there something to do? And is the layer itself to be added?
local function look(client, options, mark)
  local layer = layer_of(options)
  local current, err = plan.get(client)
  if not current then
    return nil, err
  end
  local differs = plan.differs(current, layer)
  if differs or mark ~= nil and fs.lstat(mark) ~= nil then
    return true, differs
  end
  local wanted, why = needs_start(client, layer)
  if wanted == nil then
    return nil, why
  end
  return wanted, false
end

---@class ops.EnsureOptions
---@field label string
---@field layer table|string
---@field charm_dir? string
---@field timeout? number

---Asks only.
---@param client pebble.Client
---@param options ops.EnsureOptions
---@return boolean? ensured nothing is to be done
---@return std.Error? err
function M.check(client, options)
  local wanted, err = look(client, options, mark_of(client, options))
  if wanted == nil then
    return nil, err
  end
  return not wanted
end

---@param client pebble.Client
---@param options ops.EnsureOptions
---@return boolean? changed
---@return std.Error? err
function M.apply(client, options)
  local mark = mark_of(client, options)
  local wanted, differs = look(client, options, mark)
  if wanted == nil then
    return nil, differs
  elseif not wanted then
    return false
  elseif differs then
    local ok, why = add(client, options, mark)
    if not ok then
      return nil, why
    end
  end
  return replan(client, options, mark)
end

return M
