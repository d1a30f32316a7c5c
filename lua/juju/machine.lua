-- SPDX-License-Identifier: Apache-2.0
-- The unit's machine (juju-reboot, unit-get).
local tool = require "juju.tool"

local M = {}

--- Reboots after this hook; with `now` at once, and the hook runs again after
--- it. Then this process is killed, so nothing may come after the call.
---@param options? {now?: boolean}
---@return true?
---@return std.Error? err
function M.reboot(options)
  local out, err = tool.call("juju-reboot",
    { options and options.now and "--now" or nil },
    { tried = "reboot the machine" })
  return out and true, err
end

--- The unit's own address as the model knows it; network-get knows more.
---@param which "private-address"|"public-address"
---@return string?
---@return std.Error? err
function M.address(which)
  return tool.read("unit-get", { "--format=json", which }, "string",
    "find the unit's " .. which)
end

return M
