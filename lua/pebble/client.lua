-- SPDX-License-Identifier: Apache-2.0
-- The only door to Pebble's API: one kept connection, a deadline for every
-- call, and errors of the kinds "pebble-connection" (nobody answers, or not
-- as Pebble), "pebble-timeout" and "pebble-api" (an answer that says no).
-- Reads are tried again while a Pebble that was there restarts.
local answers = require "pebble.answers"
local errors = require "std.error"
local http = require "host.http"
local json = require "std.json"
local lazy = require "std.lazy"
local sys = require "host.sys"
local uri = require "pebble.uri"
local version = lazy "pebble.version"
local ws = lazy "host.ws"

local M = {}

---@class pebble.Client
---@field socket string
---@field name? string of the container, for messages
---@field timeout number seconds for one call
---@field change_timeout number seconds for a change
---@field exec_timeout number seconds for a command; below 0: none
---@field transfer_timeout number seconds for a push or pull; below 0: none
---@field retry number seconds in which a read finds a Pebble that restarts
---@field private http host.http.client
---@field private met boolean it has answered
---@field private release? string its version, once asked
local Client = {}
Client.__index = Client
Client.__name = "pebble.client"

-- The deadlines that a client has by default, each a field of it.
local DEFAULTS <const> = {
  timeout = 10,
  change_timeout = 30,
  exec_timeout = 300,
  transfer_timeout = 3600,
  retry = 5,
}
local PAUSE <const> = 0.25 -- seconds between two tries
local GONE <const> = { connect = true, closed = true }
local CODES <const> = { timeout = "pebble-timeout" }

local HINTS <const> = {
  connect = "the container is not ready: ask can_connect() first, or wait "
    .. "for its pebble-ready event",
}

---@class pebble.ClientOptions
---@field socket string
---@field name? string of the container, for messages
---@field timeout? number default 10
---@field change_timeout? number default 30
---@field exec_timeout? number default 300
---@field transfer_timeout? number default 3600
---@field retry? number default 5

---@param options pebble.ClientOptions
---@return pebble.Client
function M.new(options)
  local self = {
    socket = options.socket,
    name = options.name,
    met = false,
    http = http.client { socket = options.socket },
  }
  for name, value in pairs(DEFAULTS) do
    self[name] = options[name] or value
  end
  return setmetatable(self, Client)
end

---Percent-encodes one part of a path or query.
M.encode = uri.encode

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

Client.envelope = answers.envelope

-- What an older Pebble says of a path or method that it does not know.
local UNKNOWN <const> = { [404] = true, [405] = true }

-- The error of a call, or that Pebble is too old for it.
local function explain(self, request, err)
  if request.since and UNKNOWN[err.data.status] then
    local _, old = self:need(request.since, request.tried)
    return old or err
  end
  return err
end

---Is this Pebble new enough? An unknown version is.
---@param since string "1.19"
---@param tried string
---@return true?
---@return std.Error? err of the kind "pebble-api", data.kind "unsupported"
function Client:need(since, tried)
  if not self.release then
    local info, err = self:get { tried = tried, path = "/v1/system-info" }
    if not info then
      return nil, err
    end
    self.release = tostring(info.version)
  end
  if not version.is_older(self.release, since) then
    return true
  end
  return nil, errors.new {
    kind = "pebble-api",
    tried = self:describe(tried),
    happened = ("needs Pebble %s or newer; this one is %s"):format(since,
      version.plain(self.release)),
    data = { kind = "unsupported", needs = since, version = self.release },
  }
end

---Sends a request; a read again while a Pebble that has answered is gone.
---@param tried string
---@param request host.http.Request
---@param send fun(http: host.http.client, request: host.http.Request): any
---@param once? boolean even when it is a read
---@return any answer
---@return std.Error? err
function Client:attempt(tried, request, send, once)
  local is_safe = self.met and not once
    and (request.method or "GET") == "GET"
  local deadline = sys.monotonic() + self.retry
  while true do
    local answer, message, code = send(self.http, request)
    if answer then
      self.met = true
      return answer
    elseif not is_safe or not GONE[code] or sys.monotonic() >= deadline then
      return nil, self:failure(tried, message, code)
    end
    sys.sleep(PAUSE)
  end
end

---@class pebble.Request
---@field tried string what to say when it fails: "read the plan"
---@field path string
---@field query? table<string, any>
---@field body? table sent as JSON
---@field timeout? number seconds, instead of the client's
---@field since? string the first Pebble that has the path: "1.19"
---@field once? boolean don't try a read again

---One call with a JSON answer.
---@param method "GET"|"POST"
---@param request pebble.Request
---@return table? envelope
---@return std.Error? err
function Client:call(method, request)
  local body = request.body and json.encode(request.body)
  local answer, err = self:attempt(request.tried, {
    method = method,
    path = uri.target(request.path, request.query),
    headers = body and { ["Content-Type"] = "application/json" },
    body = body,
    timeout = request.timeout or self.timeout,
  }, self.http.request, request.once)
  local envelope
  if answer then
    envelope, err = self:envelope(request.tried, answer.status, answer.body)
  end
  if not envelope then
    return nil, explain(self, request, err)
  end
  return envelope
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
  request.path = uri.target(request.path, query)
  return self:attempt(tried, request, self.http.stream)
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
  return nil, answers.api_error(self, tried, status,
    type(answer) == "table" and answer.result or { message = message })
end

---Closes the kept connection; the client opens a new one when used again.
function Client:close()
  self.http:close()
  self.http = http.client { socket = self.socket }
end

return M
