-- SPDX-License-Identifier: Apache-2.0
-- Ports that others may reach (open-port, close-port, opened-ports).
local tool = require "juju.tool"

local M = {}

---@class juju.Port
---@field protocol string "tcp", "udp" or "icmp"
---@field port? integer the first one of a range; none for icmp
---@field to_port? integer the last one of a range

local function name_of(protocol, port)
  return port and ("%d/%s"):format(port, protocol) or protocol
end

local function change(name, verb, protocol, port)
  local target = name_of(protocol, port)
  local out, err = tool.call(name, { target },
    { tried = ("%s the port %s"):format(verb, target) })
  return out and true, err
end

---@param protocol string
---@param port? integer none for icmp
---@return true?
---@return std.Error? err
function M.open(protocol, port)
  return change("open-port", "open", protocol, port)
end

---@param protocol string
---@param port? integer none for icmp
---@return true?
---@return std.Error? err
function M.close(protocol, port)
  return change("close-port", "close", protocol, port)
end

---@param text string "80/tcp", "80-90/udp" or "icmp"
---@return juju.Port
local function parse(text)
  local first, last, protocol = text:match("^(%d+)%-(%d+)/(%a+)$")
  if not first then
    first, protocol = text:match("^(%d+)/(%a+)$")
  end
  return {
    protocol = protocol or text,
    port = first and math.tointeger(tonumber(first)),
    to_port = last and math.tointeger(tonumber(last)),
  }
end

---@return juju.Port[]?
---@return std.Error? err
function M.opened()
  local texts, err = tool.read("opened-ports", { "--format=json" }, "table",
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
