-- SPDX-License-Identifier: Apache-2.0
-- The border between levels: below the model a failure is returned, from the
-- model up it is raised.

---@generic T
---@param value T
---@param err? any
---@return T value
local function must(value, err)
  if value == nil and err ~= nil then
    error(err, 0)
  end
  return value
end

return must
