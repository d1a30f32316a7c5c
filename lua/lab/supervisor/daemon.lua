-- SPDX-License-Identifier: Apache-2.0
-- The supervisor as a whole: its parts, wired together, and its end.
local changes = require "lab.supervisor.changes"
local checks = require "lab.supervisor.checks"
local execs = require "lab.supervisor.exec"
local fs = require "host.fs"
local identities = require "lab.supervisor.identities"
local logs = require "lab.supervisor.logs"
local notices = require "lab.supervisor.notices"
local order = require "lab.supervisor.plan.order"
local plans = require "lab.supervisor.plan"
local services = require "lab.supervisor.services"

local M = {}
M.__index = M

---@class lab.supervisor.Daemon
---@field loop lab.Loop
---@field plan lab.supervisor.Plan
---@field services lab.supervisor.Services
---@field checks lab.supervisor.Checks
---@field changes lab.supervisor.Changes
---@field identities lab.supervisor.Identities
---@field notices lab.supervisor.Notices
---@field logs lab.supervisor.Logs
---@field exec lab.supervisor.Exec
---@field boot_id string the kernel's
---@field exit_code integer? set when it is ending

local WARN_AGAIN <const> = 86400 -- seconds
local BOOT_ID <const> = "/proc/sys/kernel/random/boot_id"

-- As Pebble warns: by a notice. Each target is named once.
local function warn_of_targets(self)
  for _, name in ipairs(order.sorted_keys(self.plan.combined["log-targets"])) do
    if not self.warned[name] then
      self.warned[name] = true
      self.notices:add {
        type = "warning",
        key = ("log target %q: forwarding is not supported by the lab's "
          .. "supervisor"):format(name),
        repeat_after = WARN_AGAIN,
      }
    end
  end
end

---@param loop lab.Loop
---@param echo fun(service: string, text: string)? sees the services' output
---@return lab.supervisor.Daemon
function M.new(loop, echo)
  local self <const> = setmetatable({ loop = loop, warned = {} }, M)
  self.boot_id = (fs.read(BOOT_ID) or "unknown"):match("^%S+")
  self.identities = identities.new()
  self.notices = notices.new(loop)
  self.changes = changes.new(loop, function(change)
    local data <const> = { kind = change.kind }
    for name, value in pairs(change.notice or {}) do
      data[name] = value
    end
    self.notices:add { type = "change-update", key = change.id, data = data }
  end)
  self.logs = logs.new(loop, echo)
  self.plan = plans.new(function()
    self.checks:update()
    warn_of_targets(self)
  end)
  self.services = services.new(self)
  self.checks = checks.new(self)
  self.exec = execs.new(self)
  return self
end

---Stops all services and then the loop; a second call ends at once.
---@param code integer exit code
function M:stop(code)
  if self.exit_code then
    self.loop:stop()
    return
  end
  self.exit_code = code
  self.loop:spawn(function()
    for _, session in pairs(self.exec.sessions) do
      session:abort()
    end
    self.services:stop_all()
    self.loop:stop()
  end)
end

return M
