-- SPDX-License-Identifier: Apache-2.0
-- An application. Its status is read and set by the leader of that
-- application alone.
local lazy = require "std.lazy"
local errors = require "std.error"
local juju_application = lazy "juju.application"
local juju_status = lazy "juju.status"
local must = require "ops.must"
local secrets = lazy "ops.secret"
local security = lazy "ops.security"
local statuses = require "ops.status"

local M = {}

---@class ops.App
---@field name string
---@field is_own boolean
---@field is_app boolean true
---@field status ops.Status
---@field model ops.Model
local App = {}
App.__name = "ops.App"

local function check_leader(self, verb)
  local happened
  local tried <const> =
    ("%s the status of the application %s"):format(verb, self.name)
  if not self.is_own then
    happened = "it is another application"
  elseif not self.model.unit:is_leader() then
    happened = "this unit is not the leader"
    security.denied(verb == "set" and "status-set" or "status-get",
      ("cannot %s: %s"):format(tried, happened))
  else
    return
  end
  errors.raise {
    kind = "app-status",
    tried = tried,
    happened = happened,
    hint = "ask self.unit:is_leader() first",
  }
end

local function get_status(self)
  if not self.is_own then
    return statuses.UnknownStatus()
  end
  check_leader(self, "read")
  if not self.known_status then
    local found = must(juju_status.get { app = true })
    rawset(self, "known_status", statuses.from_juju(found))
  end
  return self.known_status
end

function App.__index(self, key)
  if key == "status" then
    return get_status(self)
  end
  return App[key]
end

function App.__newindex(self, key, value)
  if key ~= "status" then
    error(("cannot set %s of an application"):format(tostring(key)), 2)
  end
  self:set_status(value)
end

---Sent at once, since it is for people watching.
---@param status ops.Status
function App:set_status(status)
  statuses.check_settable(status, "the application " .. self.name)
  check_leader(self, "set")
  if status ~= rawget(self, "sent_status") then
    must(juju_status.set(status.name, status.message, { app = true }))
    rawset(self, "sent_status", status)
    rawset(self, "known_status", status)
  end
end

---How many units there shall be; asked once a dispatch.
---@return integer
function App:planned_units()
  if not self.is_own then
    error(("cannot count the units of %s: it is another application")
      :format(self.name), 2)
  end
  if not self.planned then
    rawset(self, "planned", must(juju_application.planned_units()))
  end
  return self.planned
end

---A new secret of the application's, made by the leader.
---@param content table<string, string>
---@param options? ops.SecretOptions
---@return ops.Secret
function App:add_secret(content, options)
  if not self.is_own then
    error(("cannot add a secret to %s: it is another application")
      :format(self.name), 2)
  end
  return secrets.add(self.model, "application", content, options)
end

---@return string
function App:__tostring()
  return ("<app %s>"):format(self.name)
end

---@param model ops.Model
---@param name string
---@param is_own boolean
---@return ops.App
function M.new(model, name, is_own)
  local self = { model = model, name = name, is_own = is_own, is_app = true }
  return setmetatable(self, App)
end

return M
