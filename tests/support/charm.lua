-- SPDX-License-Identifier: Apache-2.0
-- For specs of ops.*: a charm that runs one handler for one event.
local ops = require "ops"
local testing = require "testing"

local M = {}

local METADATA <const> = {
  name = "try",
  peers = { peer = { interface = "try" } },
  requires = { db = { interface = "pgsql" } },
  containers = { temporal = { resource = "image" } },
  resources = { image = { type = "oci-image" } },
  storage = {
    data = { type = "filesystem", multiple = { range = "0+" } },
    ["big-disk"] = { type = "block" },
  },
}
local CONFIG <const> = { options = {
  level = { type = "string", default = "info" },
  ["max-count"] = { type = "int", default = 5 },
  password = { type = "secret" },
} }
local ACTIONS <const> = {
  restart = { params = {
    force = { type = "boolean" },
    ["max-wait"] = { type = "integer" },
    who = { type = "string" },
  } },
}

--- A context whose charm has this handler for this event.
---@param event string
---@param handler fun(self: ops.Charm, event: ops.Event)
---@param options? table more of testing.ContextOptions
---@return testing.Context
function M.context(event, handler, options)
  local class = ops.charm "try"
  function class:init()
    self:observe(self.on[event], self.on_it)
  end
  class.on_it = handler
  local whole = { charm = class, metadata = METADATA, config = CONFIG,
    actions = ACTIONS }
  for name, value in pairs(options or {}) do
    whole[name] = value
  end
  return testing.context(whole)
end

--- Runs the handler; it must end well.
---@return testing.Context ctx
---@return testing.State out
function M.run(event, handler, state, options)
  local ctx = M.context(event, handler)
  return ctx, ctx:run(event, state, options)
end

--- Runs a handler that raises a structured error of this kind.
---@return std.Error
---@return testing.Context ctx
function M.refused(kind, event, handler, state, options)
  local ctx = M.context(event, handler)
  local code = ctx:try(event, state, options)
  local err = ctx.failure and ctx.failure.error
  if code == 0 or not ops.errors.is(err, kind) then
    error(("expected an error of kind %s, got %s"):format(kind,
      ctx.failure and ctx.failure.text or "none"), 2)
  end
  return err, ctx
end

--- The hook tools that were called, but for the log and the state read first.
---@param ctx testing.Context
---@return string[]
function M.calls(ctx)
  local found = {}
  for _, line in ipairs(ctx:tool_lines "^juju%-log") do
    if line ~= "state-get --format=json" then
      found[#found + 1] = line
    end
  end
  return found
end

return M
