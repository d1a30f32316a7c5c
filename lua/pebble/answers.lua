-- SPDX-License-Identifier: Apache-2.0
-- What an answer of Pebble's says: its envelope, or the error in it. Only
-- pebble/client.lua uses it.
local errors = require "std.error"
local json = require "std.json"
local null = require "std.null"

local M = {}

---@param client pebble.Client
---@param tried string
---@param status integer
---@param result any what the envelope has
---@return std.Error
function M.api_error(client, tried, status, result)
  result = type(result) == "table" and result or {}
  return errors.new {
    kind = "pebble-api",
    tried = client:describe(tried),
    happened = tostring(result.message or "no reason given"),
    data = { status = status, kind = result.kind, message = result.message },
  }
end

---Makes an answer's body a result, or its error an error.
---@param client pebble.Client
---@param tried string
---@param status integer of the HTTP answer
---@param body string
---@return table? envelope with `result`, `change`, ...
---@return std.Error? err
function M.envelope(client, tried, status, body)
  local envelope, why = json.decode(body)
  if type(envelope) ~= "table" or type(envelope.type) ~= "string" then
    local happened = ("the answer (status %d) is not Pebble's: %s"):format(
      status, why or "no type")
    return nil, client:failure(tried, happened, "protocol")
  end
  if envelope.type == "error" then
    return nil, M.api_error(client, tried, envelope["status-code"] or status,
      envelope.result)
  end
  if envelope.result == null then
    envelope.result = nil
  end
  return envelope
end

return M
