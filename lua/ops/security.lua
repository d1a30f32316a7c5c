-- SPDX-License-Identifier: Apache-2.0
-- Security events: one line of JSON at the level TRACE in the unit's log, in
-- the vocabulary of OWASP, as ops writes them. Never a secret in it.
local lazy = require "std.lazy"
local json = lazy "std.json"
local juju_log = lazy "juju.log"
local sys = require "host.sys"
local time = lazy "std.time"

local M = {}

local who

---@param context juju.Context of the dispatch that events are about
function M.use(context)
  who = ("%s-%s"):format(context.model_uuid or "", context.unit_name or "")
end

---A log that cannot be written stops nothing.
---@param level "INFO"|"WARN"|"CRITICAL" OWASP's, not Juju's
---@param name string "authz_fail", "sys_crash", "sys_restart", …
---@param subject string what it is about
---@param description string
function M.report(level, name, subject, description)
  juju_log.write("TRACE", json.encode {
    datetime = time.rfc3339(sys.time()),
    level = level,
    type = "security",
    appid = who or "",
    event = ("%s:%s"):format(name, subject),
    description = description,
  })
end

---Somebody tried what is not allowed.
---@param subject string the hook tool that says so, or would
---@param description string
function M.denied(subject, description)
  M.report("CRITICAL", "authz_fail", subject, description)
end

return M
