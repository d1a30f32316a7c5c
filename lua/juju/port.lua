-- SPDX-License-Identifier: Apache-2.0
-- Ports that others may reach (open-port, close-port, opened-ports): one, a
-- range or icmp, for all endpoints or for some.
local tool = require "juju.tool"

local M = {}

---@class juju.Port
---@field protocol string "tcp", "udp" or "icmp"
---@field port? integer the first one of a range; none for icmp
---@field to_port? integer the last one of a range
---@field endpoints? string[] where it is asked for; "*" alone means all

---@class juju.PortOptions
---@field to_port? integer the last one of a range
---@field endpoints? string[] those alone

--- "80/tcp", "5000-5010/udp", "icmp".
---@param port juju.Port
---@return string
function M.name(port)
  if not port.port then
    return port.protocol
  elseif port.to_port and port.to_port ~= port.port then
    return ("%d-%d/%s"):format(port.port, port.to_port, port.protocol)
  end
  return ("%d/%s"):format(port.port, port.protocol)
end

local function change(name, verb, port, endpoints)
  local target = M.name(port)
  local args = { target }
  if endpoints and #endpoints > 0 then
    args = { "--endpoints", table.concat(endpoints, ","), target }
  end
  local out, err = tool.call(name, args,
    { tried = ("%s the port %s"):format(verb, target) })
  return out and true, err
end

local function port_of(protocol, port, options)
  return {
    protocol = protocol,
    port = port,
    to_port = options and options.to_port,
  }
end

---@param protocol string
---@param port? integer none for icmp
---@param options? juju.PortOptions
---@return true?
---@return std.Error? err
function M.open(protocol, port, options)
  return change("open-port", "open", port_of(protocol, port, options),
    options and options.endpoints)
end

---@param protocol string
---@param port? integer none for icmp
---@param options? juju.PortOptions
---@return true?
---@return std.Error? err
function M.close(protocol, port, options)
  return change("close-port", "close", port_of(protocol, port, options),
    options and options.endpoints)
end

-- "80/tcp", "80-90/udp", "icmp"; "80/tcp (db, admin)" with endpoints.
local function parse(text)
  local range, inside = text:match "^(%S+) %((.*)%)$"
  local first, last, protocol = (range or text):match "^(%d+)%-(%d+)/(%a+)$"
  if not first then
    first, protocol = (range or text):match "^(%d+)/(%a+)$"
  end
  local endpoints
  for name in (inside or ""):gmatch "[^%s,]+" do
    endpoints = endpoints or {}
    endpoints[#endpoints + 1] = name
  end
  return {
    protocol = protocol or range or text,
    port = first and math.tointeger(tonumber(first)),
    to_port = last and math.tointeger(tonumber(last)),
    endpoints = endpoints,
  }
end

---@param options? {endpoints?: boolean} say for which endpoints, too
---@return juju.Port[]?
---@return std.Error? err
function M.opened(options)
  local args = { "--format=json" }
  if options and options.endpoints then
    table.insert(args, 1, "--endpoints")
  end
  local texts, err = tool.read("opened-ports", args, "table",
    "list the opened ports")
  if err then
    return nil, err
  end
  local ports = {}
  for i, text in ipairs(texts or {}) do
    ports[i] = parse(text)
  end
  return ports
end

return M
