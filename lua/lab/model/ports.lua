-- SPDX-License-Identifier: Apache-2.0
-- Opened ports: "80/tcp" and the endpoints it is open for, either all (true)
-- or some. Reads what open-port is given, as Juju on Kubernetes does. Pure.
local names = require "lab.names"

local M = {}

---@alias lab.Ports table<string, true|table<string, true>>

local PROTOCOLS <const> = { tcp = true, udp = true, icmp = true }

local function number(text)
  if text:find("^[-+]?%d+$") then
    return math.tointeger(tonumber(text))
  end
  return nil, ('invalid port "%s": strconv.Atoi: parsing "%s": invalid syntax')
    :format(text, text)
end

local function bounds(from, to, protocol)
  if not PROTOCOLS[protocol] then
    return nil, ('invalid protocol "%s", expected "tcp", "udp", or "icmp"')
      :format(protocol)
  elseif protocol == "icmp" then
    return nil, ('protocol "icmp" doesn\'t support any ports; got "%d"')
      :format(from)
  elseif from > to then
    return nil, ("invalid port range %d-%d/%s"):format(from, to, protocol)
  elseif from < 0 or to > 65535 then
    return nil, ("port range bounds must be between 0 and 65535, got %d-%d")
      :format(from, to)
  end
  return true
end

---@param text string "80", "80/tcp", "80-90/udp", "icmp"
---@return string? name "80/tcp", "80-90/udp", "icmp"
---@return string? message
---@return boolean? range of several ports
function M.parse(text)
  local range <const>, slash <const>, rest <const> =
    text:lower():match("^([^/]*)(/?)(.*)$")
  if range == "icmp" then
    return "icmp"
  end
  local first, last = range:match("^([^-]*)%-([^-]*)$")
  if not first and range:find("-", 2, true) then
    return nil, ('invalid port range "%s"'):format(range)
  end
  local from, from_why = number(first or range)
  local to, to_why = from, nil
  if last then
    to, to_why = number(last)
  end
  if not from or not to then
    return nil, from_why or to_why
  end
  local protocol <const> = slash == "/" and rest or "tcp"
  local ok, message = bounds(from, to, protocol)
  if not ok then
    return nil, message
  elseif from == to then
    return ("%d/%s"):format(from, protocol)
  end
  return ("%d-%d/%s"):format(from, to, protocol), nil, true
end

local function copy(set)
  local made <const> = {}
  for key, value in pairs(set) do
    made[key] = value
  end
  return made
end

---The ports after some were opened and closed.
---@param ports lab.Ports
---@param changes { name: string, endpoint: string?, open: boolean }[]
---@param charm lab.Charm
---@return lab.Ports
function M.changed(ports, changes, charm)
  local made <const> = copy(ports)
  for _, change in ipairs(changes) do
    local has <const> = made[change.name]
    if not change.endpoint then
      made[change.name] = change.open or nil
    elseif change.open and has ~= true then
      made[change.name] = copy(has or {})
      made[change.name][change.endpoint] = true
    elseif not change.open and has then
      -- What was open for all is now open for all the others.
      local left <const> = copy(has == true and charm.endpoints or has)
      left[change.endpoint] = nil
      for name in pairs(left) do
        left[name] = true
      end
      made[change.name] = next(left) and left or nil
    end
  end
  return made
end

-- By protocol, then by number.
local function before(a, b)
  local protocol_a <const>, protocol_b <const> =
    a:match("%a+$"), b:match("%a+$")
  if protocol_a ~= protocol_b then
    return protocol_a < protocol_b
  end
  return (tonumber(a:match("^%d+")) or -1) < (tonumber(b:match("^%d+")) or -1)
end

---As opened-ports lists them.
---@param ports lab.Ports
---@param with_endpoints boolean?
---@return string[]
function M.list(ports, with_endpoints)
  local found <const> = names.sorted(ports)
  table.sort(found, before)
  for i, name in ipairs(with_endpoints and found or {}) do
    local endpoints <const> = ports[name]
    found[i] = ("%s (%s)"):format(name, endpoints == true and "*"
      or table.concat(names.sorted(endpoints), ", "))
  end
  return found
end

---Why these changes may not be committed.
---@param changes { name: string, endpoint: string?, open: boolean }[]
---@param charm lab.Charm
---@return string? message
function M.refusal(changes, charm)
  for _, change in ipairs(changes) do
    if change.name == "icmp" and change.open then
      return "icmp is not supported for k8s applications"
    elseif change.endpoint and not charm.endpoints[change.endpoint] then
      return ('endpoint "%s" not found'):format(change.endpoint)
    end
  end
end

return M
