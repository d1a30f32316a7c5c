-- SPDX-License-Identifier: Apache-2.0
-- An HTTP/1.1 server on the lab's loop: one task a connection, keep-alive,
-- pipelined requests one after the other, streamed bodies both ways, upgrade.
-- Used by the supervisor and the controller.
local body = require "lab.http.body"
local head = require "lab.http.head"
local response = require "lab.http.response"
local stream = require "lab.http.stream"
local waits = require "lab.loop.wait"

local M = {}

local Request = {}
Request.__index = Request

local HEAD_MAX <const> = 65536
local DRAIN_MAX <const> = 262144
local IDLE <const> = 120
local STALL <const> = 60

---@class lab.http.Request: lab.http.Head
---@field body lab.http.Body
---@field peer { pid: integer, uid: integer, gid: integer }? Unix sockets only
---@field gone boolean the client left (known only after watch())

---@alias lab.http.Handler fun(request: lab.http.Request): lab.http.Response

---From now on pulses `event` when the client leaves, and sets `gone`. For
---handlers that wait long; call it when the body has been read.
---@param event lab.Event
function Request:watch(event)
  local connection <const> = self.stream
  self.watcher = connection.loop:spawn(function()
    while connection.buffer == "" do
      local more, _, code = connection:fill(3600)
      if not more and code ~= "timeout" then
        self.gone = true
        event:pulse()
        return
      end
    end
  end)
end

local function refusal(status, message)
  return {
    status = status,
    headers = { ["content-type"] = "text/plain; charset=utf-8" },
    body = message .. "\n",
  }
end

local function call(loop, handler, request)
  local ok, answer = xpcall(handler, function(err)
    if err ~= waits.cancelled then
      local trace <const> = debug.traceback(tostring(err), 2)
      loop.on_error(loop.current, trace, err)
    end
    return err
  end, request)
  if not ok and answer == waits.cancelled then
    error(answer, 0)
  end
  return ok and answer or refusal(500, "internal error")
end

local function next_request(connection, peer)
  local text, message, code = connection:read_through("\r\n\r\n", HEAD_MAX,
    IDLE)
  if not text then
    if code == "too-large" then
      return nil, refusal(431, "request head: " .. message)
    end
    return nil
  end
  local request, status, why = head.parse(text)
  if not request then
    return nil, refusal(status, why)
  end
  request.peer, request.stream, request.gone = peer, connection, false
  request.body = body.new(connection, request)
  return setmetatable(request, Request)
end

-- Answers one request; true if the connection may carry another.
local function serve_one(loop, connection, peer, handler)
  local request, refused = next_request(connection, peer)
  if not request then
    if refused then
      response.write(connection, { version = 1, method = "GET" }, refused,
        false)
    end
    return false
  end
  local answer <const> = call(loop, handler, request)
  if answer.upgrade then
    return response.write(connection, request, answer, false)
  end
  -- A streamed answer may wait long, and a short one may be all the client
  -- waits for: what is left of the body is skipped first in both cases.
  local clean <const> = request.body:drain(DRAIN_MAX)
  local usable <const> = response.write(connection, request, answer,
    clean and request.keep_alive)
  if request.watcher then
    request.watcher:cancel()
    loop:sleep(0) -- until it reads no more
  end
  return usable
end

local function serve_connection(loop, sock, handler)
  local connection <close> = stream.new(loop, sock, STALL)
  local peer <const> = sock:peercred()
  local more
  repeat
    more = serve_one(loop, connection, peer, handler)
  until not more
end

---Accepts connections until the returned task is cancelled; the listener and
---the connections that are open then stay as they are.
---@param loop lab.Loop
---@param listener table host.lab.net listener
---@param handler lab.http.Handler runs in the connection's task
---@return lab.Task
function M.serve(loop, listener, handler)
  return loop:spawn(function()
    while true do
      local sock, message, code = listener:accept()
      if sock then
        loop:spawn(serve_connection, loop, sock, handler)
      elseif code == "again" then
        loop:readable(listener:fd())
      elseif code == "EMFILE" or code == "ENFILE" then
        loop:sleep(0.1)
      elseif code ~= "ECONNABORTED" and code ~= "EINTR" then
        error("cannot accept: " .. message, 0)
      end
    end
  end)
end

return M
