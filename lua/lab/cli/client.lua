-- SPDX-License-Identifier: Apache-2.0
-- The command line's end of controller.socket: one call a verb. A controller
-- that does not run is told with the command that starts it.
local http = require "host.http"
local json = require "std.json"
local paths = require "lab.paths"
local store = require "lab.store"

local M = {}

local TIMEOUT <const> = 90

---Why there is no controller to talk to.
---@param data string
---@return string message
function M.absent(data)
  local record, message, code = store.controller(data)
  if record then
    return ('controller "%s" is not running; start it again, with its models, '
      .. "with: charmlab resume"):format(record.name)
  elseif code == "ENOENT" then
    return "no controller; make one with: charmlab bootstrap CLOUD NAME"
  end
  return message
end

---@param call table the verb and its fields
---@return any result
---@return string? message
---@return string? code "absent": no controller answers
function M.call(call)
  local data <const> = paths.data()
  local client <close> = http.client {
    socket = data .. "/controller.socket", connect_timeout = 5,
  }
  local answer, message, code = client:request {
    method = "POST",
    path = "/v1/call",
    headers = { ["Content-Type"] = "application/json" },
    body = json.encode(call),
    timeout = TIMEOUT,
  }
  if not answer and code == "connect" then
    return nil, M.absent(data), "absent"
  elseif not answer then
    return nil, "the controller does not answer: " .. message
  end
  local value <const> = json.decode(answer.body)
  if type(value) ~= "table" then
    return nil, ("the controller answered with status %d; its log is in %s")
      :format(answer.status, data .. "/controller.log")
  elseif value.error then
    return nil, value.error
  end
  return value.result
end

return M
