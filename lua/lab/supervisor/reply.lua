-- SPDX-License-Identifier: Apache-2.0
-- Pebble's envelope: what every JSON answer looks like, and the error a
-- resource raises to refuse a request.
local json = require "std.json"
local response = require "lab.http.response"

local M = {}

local REFUSAL <const> = {}

---@class lab.supervisor.Refusal
---@field status integer
---@field message string
---@field kind string?
---@field value any?

-- As Go's encoder: these three never appear outside of strings.
local function encode(value)
  return (json.encode(value):gsub("[<>&]", function(char)
    return ("\\u%04x"):format(char:byte())
  end))
end

local function answer(envelope)
  return {
    status = envelope["status-code"],
    headers = { ["content-type"] = "application/json" },
    body = encode(envelope) .. "\n",
  }
end

---@param result any nil leaves it out
---@param status integer? 200 when absent
---@return table envelope
function M.envelope(result, status)
  return {
    type = "sync",
    ["status-code"] = status or 200,
    status = response.REASONS[status or 200],
    result = result,
  }
end

---@param result any
---@param status integer?
---@return lab.http.Response
function M.sync(result, status)
  return answer(M.envelope(result, status))
end

---@param change lab.supervisor.Change
---@param result any
---@return lab.http.Response
function M.async(change, result)
  return answer {
    type = "async",
    ["status-code"] = 202,
    status = "Accepted",
    change = change.id,
    result = result == nil and json.null or result,
  }
end

---@param refusal lab.supervisor.Refusal
---@return lab.http.Response
function M.failure(refusal)
  return answer {
    type = "error",
    ["status-code"] = refusal.status,
    status = response.REASONS[refusal.status] or "Error",
    result = {
      message = refusal.message,
      kind = refusal.kind,
      value = refusal.value,
    },
  }
end

---Ends the request with an error answer.
---@param status integer
---@param message string
---@param kind string?
function M.refuse(status, message, kind)
  error(setmetatable({ status = status, message = message, kind = kind },
    REFUSAL), 0)
end

---@param err any what was raised
---@return boolean
function M.is_refusal(err)
  return getmetatable(err) == REFUSAL
end

return M
