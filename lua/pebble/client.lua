-- SPDX-License-Identifier: Apache-2.0
-- The only door to Pebble's API: one kept connection, a deadline for every
-- call, and errors of the kinds "pebble-connection" (nobody answers, or not
-- as Pebble), "pebble-timeout" and "pebble-api" (an answer that says no).
local lazy = require "std.lazy"
local errors = require "std.error"
local http = require "host.http"
local json = require "std.json"
local null = require "std.null"
local ws = lazy "host.ws"

local M = {}

---@class pebble.Client
---@field socket string
---@field name? string of the container, for messages
---@field timeout number seconds for one call
---@field private http host.http.client
local Client = {}
Client.__index = Client
Client.__name = "pebble.client"

local DEFAULT_TIMEOUT <const> = 10
local CODES <const> = { timeout = "pebble-timeout" }

local HINTS <const> = {
  connect = "the container is not ready: ask can_connect() first, or wait "
    .. "for its pebble-ready event",
}

---@param options {socket: string, name?: string, timeout?: number}
---@return pebble.Client
function M.new(options)
  return setmetatable({
    socket = options.socket,
    name = options.name,
    timeout = options.timeout or DEFAULT_TIMEOUT,
    http = http.client { socket = options.socket },
  }, Client)
end

local function escape(char)
  return ("%%%02X"):format(char:byte())
end

---Percent-encodes one part of a path or query.
---@param text string
---@return string
function M.encode(text)
  return (tostring(text):gsub("[^%w._~-]", escape))
end

local function target(path, query)
  local names, parts = {}, {}
  for name in pairs(query or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    parts[i] = M.encode(name) .. "=" .. M.encode(query[name])
  end
  return #parts > 0 and path .. "?" .. table.concat(parts, "&") or path
end

---What was tried, with the container's name.
---@param what string
---@return string
function Client:describe(what)
  return self.name and ("%s in container %s"):format(what, self.name) or what
end

---@param tried string
---@param message string
---@param code string
---@return std.Error
function Client:failure(tried, message, code)
  return errors.new {
    kind = CODES[code] or "pebble-connection",
    tried = self:describe(tried),
    happened = message,
    hint = HINTS[code],
    data = { code = code, socket = self.socket },
  }
end

local function api_error(self, tried, status, result)
  result = type(result) == "table" and result or {}
  return errors.new {
    kind = "pebble-api",
    tried = self:describe(tried),
    happened = tostring(result.message or "no reason given"),
    data = { status = status, kind = result.kind, message = result.message },
  }
end

---Makes an answer's body a result, or its error an error.
---@param tried string
---@param status integer of the HTTP answer
---@param body string
---@return table? envelope with `result`, `change`, ...
---@return std.Error? err
function Client:envelope(tried, status, body)
  local envelope, why = json.decode(body)
  if type(envelope) ~= "table" or type(envelope.type) ~= "string" then
    local happened = ("the answer (status %d) is not Pebble's: %s"):format(
      status, why or "no type")
    return nil, self:failure(tried, happened, "protocol")
  end
  if envelope.type == "error" then
    return nil, api_error(self, tried, envelope["status-code"] or status,
      envelope.result)
  end
  if envelope.result == null then
    envelope.result = nil
  end
  return envelope
end

---@class pebble.Request
---@field tried string what to say when it fails: "read the plan"
---@field path string
---@field query? table<string, any>
---@field body? table sent as JSON
---@field timeout? number seconds, instead of the client's

---One call with a JSON answer.
---@param method "GET"|"POST"
---@param request pebble.Request
---@return table? envelope
---@return std.Error? err
function Client:call(method, request)
  local body = request.body and json.encode(request.body)
  local answer, message, code = self.http:request {
    method = method,
    path = target(request.path, request.query),
    headers = body and { ["Content-Type"] = "application/json" },
    body = body,
    timeout = request.timeout or self.timeout,
  }
  if not answer then
    return nil, self:failure(request.tried, message, code)
  end
  return self:envelope(request.tried, answer.status, answer.body)
end

---@param request pebble.Request
---@return any result
---@return std.Error? err
function Client:get(request)
  local envelope, err = self:call("GET", request)
  if not envelope then
    return nil, err
  end
  return envelope.result
end

---@param request pebble.Request
---@return any result `true` when Pebble gives none
---@return std.Error? err
---@return string? change id, of an asynchronous call
function Client:post(request)
  local envelope, err = self:call("POST", request)
  if not envelope then
    return nil, err
  end
  local result = envelope.result
  return result == nil and true or result, nil, envelope.change
end

---A raw HTTP request whose answer is read in pieces.
---@param tried string
---@param request host.http.Request `path` without query
---@param query? table<string, any>
---@return host.http.response?
---@return std.Error? err
function Client:stream(tried, request, query)
  request.path = target(request.path, query)
  local response, message, code = self.http:stream(request)
  if not response then
    return nil, self:failure(tried, message, code)
  end
  return response
end

---@param tried string
---@param path string
---@param timeout? number
---@return host.ws.conn?
---@return std.Error? err
function Client:websocket(tried, path, timeout)
  local conn, message, code, status, body = ws.connect {
    socket = self.socket,
    path = path,
    timeout = timeout or self.timeout,
  }
  if conn then
    return conn
  elseif code ~= "refused" then
    return nil, self:failure(tried, message, code)
  end
  -- a refusal may have text before its JSON
  local answer = json.decode(body:match("{.*") or "")
  return nil, api_error(self, tried, status,
    type(answer) == "table" and answer.result or { message = message })
end

---Closes the kept connection; the client opens a new one when used again.
function Client:close()
  self.http:close()
  self.http = http.client { socket = self.socket }
end

return M
