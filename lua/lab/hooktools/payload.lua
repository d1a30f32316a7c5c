-- SPDX-License-Identifier: Apache-2.0
-- payload-register, payload-unregister, payload-status-set, which Juju 4 no
-- longer has. Written at once.
local fs = require "host.fs"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local MISSING <const> = "missing required arguments"
local STATUSES <const> =
  { running = true, starting = true, stopped = true, stopping = true }

-- The payloads of the metadata.yaml where the tool is run.
local function classes(context, dir)
  local path <const> = dir .. "/metadata.yaml"
  local place <const> = context.host_path(path, dir)
  local text <const> = place and fs.read(place)
  if not text then
    return nil, ("open %s: no such file or directory"):format(path)
  end
  local metadata, message = yaml.decode(text)
  if type(metadata) ~= "table" then
    return nil, tostring(message or "metadata.yaml is not a map")
  end
  local found <const> = metadata.payloads
  return found ~= null and found or {}
end

local function payloads(context)
  local unit <const> = context.unit
  unit.payloads = unit.payloads or {}
  return unit.payloads
end

M["payload-register"] = {
  before = "4",
  run = function(context, _, args, request)
    if #args < 3 then
      return nil, MISSING, 2
    end
    local kind <const>, class <const>, id <const> = table.unpack(args)
    local known, message = classes(context, request.dir)
    if not known then
      return nil, message, 1
    end
    local about <const> = known[class]
    if not about then
      return nil, ('payload "%s" not found in metadata.yaml'):format(class), 1
    elseif about.type ~= kind then
      return nil, ('incorrect type "%s" for payload "%s", expected "%s"')
        :format(kind, class, tostring(about.type)), 1
    end
    payloads(context)[class .. "/" .. id] = {
      class = class, type = kind, id = id, status = "running",
      labels = table.concat(args, " ", 4),
    }
    context.save()
  end,
}

M["payload-unregister"] = {
  before = "4",
  args = 2,
  run = function(context, _, args)
    if #args < 2 then
      return nil, MISSING, 2
    end
    payloads(context)[args[1] .. "/" .. args[2]] = nil
    context.save()
  end,
}

M["payload-status-set"] = {
  before = "4",
  args = 3,
  run = function(context, _, args)
    if #args < 3 then
      return nil, MISSING, 2
    elseif not STATUSES[args[3]] then
      return nil, ('status "%s" not supported; expected one of ["running", '
        .. '"starting", "stopped", "stopping"]'):format(args[3]), 1
    end
    local name <const> = args[1] .. "/" .. args[2]
    local payload <const> = payloads(context)[name]
    if not payload then
      return nil, ('payload "%s" not found'):format(name), 1
    end
    payload.status = args[3]
    context.save()
  end,
}

return M
