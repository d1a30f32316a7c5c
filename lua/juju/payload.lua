-- SPDX-License-Identifier: Apache-2.0
-- Payloads (payload-register, -unregister, -status-set), gone with Juju 4:
-- what a unit runs beside itself, told at once. The class stands in
-- metadata.yaml.
local tool = require "juju.tool"

local M = {}

local function call(name, tried, ...)
  local out, err = tool.call(name, { "--", ... }, { tried = tried })
  return out and true, err
end

---@param kind string "docker", "kvm", ...
---@param class string
---@param id string
---@param ... string tags
---@return true?
---@return std.Error? err
function M.register(kind, class, id, ...)
  return call("payload-register", ("register the payload %s/%s")
    :format(class, id), kind, class, id, ...)
end

---@param class string
---@param id string
---@return true?
---@return std.Error? err
function M.unregister(class, id)
  return call("payload-unregister", ("unregister the payload %s/%s")
    :format(class, id), class, id)
end

---@param class string
---@param id string
---@param status "starting"|"running"|"stopping"|"stopped"
---@return true?
---@return std.Error? err
function M.set_status(class, id, status)
  return call("payload-status-set", ("set the status of the payload %s/%s")
    :format(class, id), class, id, status)
end

return M
