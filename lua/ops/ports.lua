-- SPDX-License-Identifier: Apache-2.0
-- What to open and close so that exactly the wanted ports are open. Pure: from
-- what is wanted and what is open to a list of calls, for ops.Unit.
local names = require "ops.names"
local juju_port = require "juju.port"

local M = {}

---@class ops.PortSpec
---@field protocol string
---@field port? integer none for icmp
---@field to_port? integer the last one of a range
---@field endpoints? string[] all where there are none

-- "80", "80/tcp", "5000-5010/udp", "icmp"
local function parse(text)
  local first, last, protocol = text:match "^(%d+)%-?(%d*)/?(%a*)$"
  if not first then
    return { protocol = text }
  end
  return {
    protocol = protocol ~= "" and protocol or "tcp",
    port = math.tointeger(tonumber(first)),
    to_port = last ~= "" and math.tointeger(tonumber(last)) or nil,
  }
end

---@param port integer|string|ops.PortSpec
---@return ops.PortSpec
function M.spec(port)
  if math.type(port) == "integer" then
    return { protocol = "tcp", port = port }
  elseif type(port) == "string" then
    return parse(port)
  elseif type(port) == "table" and type(port.protocol) == "string" then
    return port
  end
  return error(("cannot open the port %s: expected a number, a text like "
    .. "'5000-5010/udp' or a table with a protocol"):format(tostring(port)), 0)
end

local ALL <const> = "*"

-- name -> {spec=, endpoints = set}
local function by_name(list)
  local ranges = {}
  for _, spec in ipairs(list) do
    local name = juju_port.name(spec)
    local range = ranges[name] or { spec = spec, endpoints = {} }
    local endpoints = spec.endpoints or {}
    for _, endpoint in ipairs(#endpoints > 0 and endpoints or { ALL }) do
      range.endpoints[endpoint] = true
    end
    ranges[name] = range
  end
  return ranges
end

-- The endpoints of one set that the other has not; nil when there is none.
local function without(set, other)
  local list = {}
  for _, endpoint in ipairs(names.sorted_keys(set)) do
    if not other[endpoint] then
      list[#list + 1] = endpoint
    end
  end
  return #list > 0 and list or nil
end

local NOWHERE <const> = { endpoints = {} }

local function close_of(range, wanted)
  wanted = (wanted or NOWHERE).endpoints
  if wanted[ALL] or next(wanted) and not without(range.endpoints, wanted) then
    return nil
  end
  local everywhere = range.endpoints[ALL] or next(wanted) == nil
  return { spec = range.spec,
    endpoints = not everywhere and without(range.endpoints, wanted) or nil }
end

local function open_of(range, opened)
  opened = (opened or NOWHERE).endpoints
  if range.endpoints[ALL] then
    return not opened[ALL] and { spec = range.spec } or nil
  end
  local missing = without(range.endpoints, opened[ALL] and {} or opened)
  return missing and { spec = range.spec, endpoints = missing }
end

---@param wanted ops.PortSpec[]
---@param opened ops.PortSpec[]
---@return {spec: ops.PortSpec, endpoints?: string[]}[] close done first
---@return {spec: ops.PortSpec, endpoints?: string[]}[] open
function M.difference(wanted, opened)
  wanted, opened = by_name(wanted), by_name(opened)
  local close, open = {}, {}
  for _, name in ipairs(names.sorted_keys(opened)) do
    close[#close + 1] = close_of(opened[name], wanted[name])
  end
  for _, name in ipairs(names.sorted_keys(wanted)) do
    open[#open + 1] = open_of(wanted[name], opened[name])
  end
  return close, open
end

return M
