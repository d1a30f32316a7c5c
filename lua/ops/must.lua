-- SPDX-License-Identifier: Apache-2.0
-- The border between levels: below the model a failure is returned, from the
-- model up it is raised. What Juju does not allow is a security event too.
local lazy = require "std.lazy"
local errors = require "std.error"
local security = lazy "ops.security"

local DENIED <const> = { permission = true, ["not-leader"] = true }

---@generic T
---@param value T
---@param err? any
---@return T value
local function must(value, err)
  if value == nil and err ~= nil then
    if errors.is(err, "hook-tool") and DENIED[err.data.reason] then
      security.denied(err.data.tool, tostring(err))
    end
    error(err, 0)
  end
  return value
end

return must
