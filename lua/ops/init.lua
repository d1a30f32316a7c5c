-- SPDX-License-Identifier: Apache-2.0
-- The face of the framework, all that a charm requires. Names are those of
-- Python's ops.
--
-- Where Lua sets traps, there is one answer for each:
--   0 and ""   are true in a condition: compare (`if x ~= ""`).
--   nil        a key assigned nil is gone: a databag's is deleted, a state's
--              is unset; a table can hold `ops.null` in its place.
--   {}         is written as a map; as a list write ops.json.array {}.
--   1 and 1.0  stay what they are in state and JSON; a databag takes strings
--              only, so that the charm says which text it means.
local lazy = require "std.lazy"
local charm = require "ops.charm"
local errors = require "std.error"
local event = require "ops.event"
local grpc = lazy "ops.grpc"
local json = lazy "std.json"
local log = require "ops.log"
local null = require "std.null"
local object = require "ops.object"
local pg = lazy "pg"
local schema = lazy "std.schema"
local state = lazy "ops.state"
local status = require "ops.status"
local system = require "ops.system"
local version = lazy "ops.version"
local yaml = lazy "std.yaml"

local M = {
  charm = charm.class, ---local Charm = ops.charm "temporal-k8s"
  object = object.class, ---local Client = ops.object "pgsql.Client"

  ---self.state = ops.state(self, { lifetime = "app" })
  state = function(owner, options)
    return state.new(owner, options)
  end,

  ActiveStatus = status.ActiveStatus,
  BlockedStatus = status.BlockedStatus,
  ErrorStatus = status.ErrorStatus,
  MaintenanceStatus = status.MaintenanceStatus,
  UnknownStatus = status.UnknownStatus,
  WaitingStatus = status.WaitingStatus,
  status_from_name = status.from_name,

  errors = errors, ---ops.errors.is(err, "relation-data-type")
  grpc = grpc, ---ops.grpc.unary { address = …, method = … }
  json = json,
  log = log,
  null = null,

  digest = system.digest, ---SHA-256 of a text
  monotonic = system.monotonic, ---seconds
  sleep = system.sleep, ---seconds
  token = system.token, ---a fresh secret

  ---model.juju_version >= ops.juju_version "3.6"
  juju_version = function(text)
    return version.parse(text)
  end,

  ---ops.schema { log_level = "string" }, for charm:load_config
  schema = function(fields, check)
    return schema.new(fields, check)
  end,

  pg = pg,
  yaml = yaml,
}

---A class of custom events, for a class's `events`. What is emitted with it
---are the event's fields; methods are added to what this returns.
---@param options? {properties?: table<string, table>, type_name?: string}
---@return table class
function M.event(options)
  return event.class {
    source = "custom",
    properties = options and options.properties,
    type_name = options and options.type_name,
  }
end

return M
