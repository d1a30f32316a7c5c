-- SPDX-License-Identifier: Apache-2.0
-- collect_unit_status and collect_app_status: after every event each observer
-- says what it has to report, and the highest status is set.
local errors = require "std.error"
local event = require "ops.event"
local statuses = require "ops.status"

local M = {}

-- event -> what was reported
local reported <const> = setmetatable({}, { __mode = "k" })

---@class ops.CollectStatusEvent: ops.Event

---@return table class
function M.event_class()
  local CollectStatusEvent = event.class {
    source = "lifecycle",
    type_name = "CollectStatusEvent",
    no_defer = "the status is collected again after the next event anyway",
  }

  ---@param status ops.Status
  function CollectStatusEvent:add_status(status)
    if type(status) ~= "table" or type(status.name) ~= "string" then
      errors.raise {
        kind = "invalid-status",
        tried = "add a status",
        happened = ("it is a %s"):format(type(status)),
        hint = 'a status is made by ops.ActiveStatus(), '
          .. 'ops.BlockedStatus("why")',
      }
    end
    reported[self] = reported[self] or {}
    table.insert(reported[self], status)
  end

  return CollectStatusEvent
end

local function collect(framework, bound_event, entity)
  local one = framework:emit(bound_event)
  local highest = one and statuses.highest(reported[one] or {})
  if highest then
    entity:set_status(highest)
  end
end

---@param framework ops.Framework
---@param charm ops.Object
function M.evaluate(framework, charm)
  local for_app = charm.on.collect_app_status
  if framework:is_observed(for_app) and charm.unit:is_leader() then
    collect(framework, for_app, charm.app)
  end
  collect(framework, charm.on.collect_unit_status, charm.unit)
end

return M
