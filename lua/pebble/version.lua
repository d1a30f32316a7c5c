-- SPDX-License-Identifier: Apache-2.0
-- Pebble's versions: "v1.26.0", "1.10.2", "v1.26.0-fips". Pure.
local M = {}

local function numbers(text)
  local major, minor = text:match "^v?(%d+)%.(%d+)"
  return tonumber(major), tonumber(minor)
end

---Is a version below another? One that can't be read is not.
---@param release string as system-info says it
---@param since string "1.19"
---@return boolean
function M.is_older(release, since)
  local major, minor = numbers(release)
  local wanted_major, wanted_minor = numbers(since)
  if not major then
    return false
  end
  return major < wanted_major
    or major == wanted_major and minor < wanted_minor
end

---@param release string
---@return string "1.26.0"
function M.plain(release)
  return (release:gsub("^v(%d)", "%1"))
end

return M
