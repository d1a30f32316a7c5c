-- SPDX-License-Identifier: Apache-2.0
-- Changes: what Pebble does in the background. Waiting goes in slices, so
-- that a daemon which died is noticed; a failed change is an error of the
-- kind "pebble-change" whose text holds the logs of its failed tasks.
local client_module = require "pebble.client"
local errors = require "std.error"
local sys = require "host.sys"

local M = {}

---@class pebble.Change
---@field id string
---@field kind string
---@field summary string
---@field status string
---@field ready boolean
---@field err? string
---@field tasks? pebble.Task[]

---@class pebble.Task
---@field id string
---@field kind string
---@field summary string
---@field status string
---@field log? string[] "TIME INFO text", "TIME ERROR text"
---@field progress {label: string, done: integer, total: integer}
---@field data? table

local SLICE <const> = 4 -- seconds of one long poll
local GOOD <const> = { Done = true, Undone = true, Hold = true }

local function path_of(id)
  return "/v1/changes/" .. client_module.encode(id)
end

local function duration(seconds)
  return ("%dms"):format(math.ceil(seconds * 1000))
end

---@param client pebble.Client
---@param id string
---@return pebble.Change?
---@return std.Error? err
function M.get(client, id)
  return client:get { tried = "read change " .. id, path = path_of(id) }
end

---@param client pebble.Client
---@param options? {select?: "in-progress"|"ready"|"all", service?: string}
---@return pebble.Change[]?
---@return std.Error? err
function M.list(client, options)
  options = options or {}
  return client:get {
    tried = "list the changes",
    path = "/v1/changes",
    query = { select = options.select, ["for"] = options.service },
  }
end

---@param client pebble.Client
---@param id string
---@return pebble.Change?
---@return std.Error? err
function M.abort(client, id)
  return client:post {
    tried = "abort change " .. id,
    path = path_of(id),
    body = { action = "abort" },
  }
end

---The change's own error with the log of each task that did not end well.
---@param change pebble.Change
---@return string
function M.explain(change)
  local parts = { change.err }
  for _, task in ipairs(change.tasks or {}) do
    if not GOOD[task.status] and #(task.log or {}) > 0 then
      parts[#parts + 1] = ("----- log of task: %s -----")
        :format(task.summary)
      table.move(task.log, 1, #task.log, #parts + 1, parts)
    end
  end
  return table.concat(parts, "\n")
end

---@param client pebble.Client
---@param tried string
---@param change pebble.Change
---@return pebble.Change? change as it is when it ended well
---@return std.Error? err
function M.check(client, tried, change)
  if not change.err or change.err == "" then
    return change
  end
  return nil, errors.new {
    kind = "pebble-change",
    tried = client:describe(tried),
    happened = M.explain(change),
    data = { id = change.id, change = change },
  }
end

local function out_of_time(client, tried, id, timeout)
  return nil, errors.new {
    kind = "pebble-timeout",
    tried = client:describe(tried),
    happened = ("change %s was not ready after %g s"):format(id, timeout),
    data = { id = id, code = "timeout" },
  }
end

---Waits until a change is ready, however it ended.
---@param client pebble.Client
---@param tried string
---@param id string
---@param timeout? number seconds, instead of the client's
---@return pebble.Change?
---@return std.Error? err
function M.wait(client, tried, id, timeout)
  timeout = timeout or client.change_timeout
  local deadline = sys.monotonic() + timeout
  repeat
    local slice = math.max(0, math.min(SLICE, deadline - sys.monotonic()))
    local change, err = client:get {
      tried = tried,
      path = path_of(id) .. "/wait",
      query = { timeout = duration(slice) },
      timeout = slice + client.timeout,
    }
    if change and change.ready then
      return change
    elseif err and err.data.status ~= 504 then
      return nil, err
    end
  until sys.monotonic() >= deadline
  return out_of_time(client, tried, id, timeout)
end

---Waits for a change and makes its failure an error.
---@param client pebble.Client
---@param tried string
---@param id string
---@param timeout? number
---@return pebble.Change?
---@return std.Error? err
function M.finish(client, tried, id, timeout)
  local change, err = M.wait(client, tried, id, timeout)
  if not change then
    return nil, err
  end
  return M.check(client, tried, change)
end

return M
