-- SPDX-License-Identifier: Apache-2.0
-- Changes over the API: list, look, wait, abort.
local changes = require "lab.supervisor.changes"
local input = require "lab.supervisor.input"
local json = require "std.json"
local order = require "lab.supervisor.plan.order"
local reply = require "lab.supervisor.reply"

local M = {}

local SELECTIONS <const> = {
  ["in-progress"] = function(change) return not changes.is_ready(change) end,
  ready = changes.is_ready,
  all = function() return true end,
}

local function concerns(change, service)
  for _, name in ipairs(change.services or {}) do
    if name == service then
      return true
    end
  end
  return not service
end

---GET /v1/changes
function M.list(daemon, request)
  local word <const> = request.query.select or "in-progress"
  local wanted <const> = SELECTIONS[word == "" and "in-progress" or word]
    or reply.refuse(400,
      "select should be one of: all,in-progress,ready")
  local service = request.query["for"]
  service = service ~= "" and service or nil
  local list <const> = json.array()
  for _, id in ipairs(order.sorted_keys(daemon.changes.by_id)) do
    local change <const> = daemon.changes.by_id[id]
    if wanted(change) and concerns(change, service) then
      list[#list + 1] = changes.show(change)
    end
  end
  return reply.sync(list)
end

local function find(daemon, id)
  return daemon.changes.by_id[id]
    or reply.refuse(404, ("cannot find change with id %q"):format(id))
end

---GET /v1/changes/ID
function M.get(daemon, _, id)
  return reply.sync(changes.show(find(daemon, id)))
end

---GET /v1/changes/ID/wait
function M.wait(daemon, request, id)
  local change <const> = find(daemon, id)
  local text <const> = request.query.timeout
  local timeout <const> = text and text ~= ""
    and input.duration(text, "timeout") or nil
  if not changes.is_ready(change) then
    -- A waiter that leaves must not stay behind in memory.
    local event <const> = daemon.loop:event()
    local bridge <const> = daemon.loop:spawn(function()
      change.finished:wait()
      event:set()
    end)
    request:watch(event)
    local ok <const> = event:wait(timeout)
    bridge:cancel()
    if not ok and not changes.is_ready(change) then
      reply.refuse(504, "timed out waiting for change after " .. text)
    end
  end
  return reply.sync(changes.show(change))
end

---POST /v1/changes/ID
function M.post(daemon, request, id)
  local change <const> = find(daemon, id)
  local action <const> = input.body(request).action
  if action ~= "abort" then
    reply.refuse(400, ("change action %q is unsupported")
      :format(tostring(action)))
  elseif changes.is_ready(change) then
    reply.refuse(400, ("cannot abort change %s with nothing pending")
      :format(id))
  end
  daemon.changes:abort(change)
  return reply.sync(changes.show(change))
end

return M
