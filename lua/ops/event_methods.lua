-- SPDX-License-Identifier: Apache-2.0
-- What events of Juju's can do beside defer(), by the event's name.
local lazy = require "std.lazy"
local juju_metric = lazy "juju.metric"
local must = require "ops.must"

-- Removes the revision that the event is about.
local function remove_revision(event)
  event.secret:remove_revision(event.revision)
end

---@type table<string, table<string, function>>
return {
  collect_metrics = {
    ---@param metrics table<string, number>
    ---@param labels? table<string, string>
    add_metrics = function(_, metrics, labels)
      must(juju_metric.add(metrics, labels))
    end,
  },
  secret_expired = { remove_revision = remove_revision },
  secret_remove = { remove_revision = remove_revision },
}
