-- SPDX-License-Identifier: Apache-2.0
-- How a failure with a file is told: per path, beside the others' results.
local M = {}

local KINDS <const> = {
  ENOENT = "not-found",
  EACCES = "permission-denied",
  EPERM = "permission-denied",
}

---@param message string
---@param code string? errno name
---@return { message: string, kind: string }
function M.new(message, code)
  return { message = message, kind = KINDS[code] or "generic-file-error" }
end

---@param path any
---@return table? fault if the path is not absolute
function M.check_path(path)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/"
    or path:find("\0", 1, true)
  then
    return M.new(("paths must be absolute, got %q"):format(tostring(path)))
  end
end

---@param path string
---@param fault table? nil: it went well
---@return table result
function M.result(path, fault)
  return { path = path, error = fault }
end

return M
