-- SPDX-License-Identifier: Apache-2.0
-- What services wrote: the lines that are kept, and those to come. Read line
-- by line, however they arrive, in memory for one line.
local json = require "std.json"
local sys = require "host.sys"

local M = {}

local CHUNK <const> = 65536
local LINE_MAX <const> = 1024 * 1024

---@class pebble.LogEntry
---@field time string
---@field service string
---@field message string

---@class pebble.LogOptions
---@field services? string[] all when absent
---@field count? integer lines kept, from the end; -1: all; default 30, and 0
---when following

-- Gives each line to `take`: did it return true, rather than see the end?
local function read_lines(client, tried, response, take)
  local rest = ""
  while true do
    local data, message, code = response:read(CHUNK)
    if not data then
      return nil, client:failure(tried, message, code)
    elseif data == "" then
      return false
    end
    rest = rest .. data
    local at = 1
    for line, after in rest:gmatch "([^\n]*)\n()" do
      at = after
      local entry, why = json.decode(line)
      if type(entry) ~= "table" then
        return nil, client:failure(tried, "a line is not JSON: "
          .. tostring(why), "protocol")
      elseif take(entry) then
        return true
      end
    end
    rest = rest:sub(at)
    if #rest > LINE_MAX then
      return nil, client:failure(tried, "a line is too long", "too-large")
    end
  end
end

-- An answer that is not lines is an error of Pebble's, in its envelope.
local function refusal(client, tried, response)
  local body = response:read(CHUNK) or ""
  local _, err = client:envelope(tried, response.status, body)
  return nil, err or client:failure(tried, "the answer is no log", "protocol")
end

local function open(client, tried, options, timeout, follow)
  return client:stream(tried, { path = "/v1/logs", timeout = timeout }, {
    services = options.services and table.concat(options.services, ","),
    n = options.count,
    follow = follow,
  })
end

---@param client pebble.Client
---@param options? pebble.LogOptions
---@return pebble.LogEntry[]? oldest first
---@return std.Error? err
function M.get(client, options)
  local tried, entries = "read the logs", {}
  local response <close>, err =
    open(client, tried, options or {}, client.timeout)
  if not response then
    return nil, err
  elseif response.status ~= 200 then
    return refusal(client, tried, response)
  end
  local stopped, why = read_lines(client, tried, response, function(entry)
    entries[#entries + 1] = entry
  end)
  if stopped == nil then
    return nil, why
  end
  return entries
end

---Gives each line to `take`, as it is written, until that returns true or the
---time is over, which is no error.
---@param client pebble.Client
---@param options pebble.LogOptions|{timeout?: number} seconds, instead of the
---client's for changes; below 0: none
---@param take fun(entry: pebble.LogEntry): boolean?
---@return boolean? stopped false: the time was over
---@return std.Error? err
function M.follow(client, options, take)
  local tried = "follow the logs"
  local timeout = options.timeout or client.change_timeout
  local deadline = sys.monotonic() + timeout
  -- its headers come with the first line: waiting for them is following, too
  local response <close>, err =
    open(client, tried, options, timeout, "true")
  local stopped
  if response and response.status ~= 200 then
    return refusal(client, tried, response)
  elseif response then
    stopped, err = read_lines(client, tried, response, take)
  end
  if stopped then
    return true
  elseif stopped == false then
    return nil, client:failure(tried, "Pebble has ended the log", "closed")
  elseif err.data.code == "timeout" and timeout >= 0
    and sys.monotonic() >= deadline - 0.1 then
    return false
  end
  return nil, err
end

return M
