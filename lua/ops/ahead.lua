-- SPDX-License-Identifier: Apache-2.0
-- What an event is about is asked for before the charm is loaded: the agent
-- fetches it meanwhile. Nothing that the event itself could change.
local lazy = require "std.lazy"
local juju_config = lazy "juju.config"
local juju_relation = lazy "juju.relation"
local juju_state = require "juju.state"

local M = {}

local function ask_relation(context)
  local relation = ("%s:%d"):format(context.relation_name, context.relation_id)
  local app, unit = context.remote_app_name, context.remote_unit_name
  if unit then
    juju_relation.get_ahead(relation, unit)
  end
  if app and app ~= context.app_name then
    juju_relation.get_ahead(relation, app, { app = true })
  end
end

---@param context juju.Context
---@param event string "db_relation_changed"
function M.ask(context, event)
  juju_state.get_ahead()
  if event == "config_changed" then
    juju_config.get_ahead()
  elseif context.relation_id and event:find "_relation_changed$" then
    ask_relation(context)
  end
end

return M
