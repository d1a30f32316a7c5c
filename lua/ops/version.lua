-- SPDX-License-Identifier: Apache-2.0
-- Juju's version: model.juju_version >= ops.juju_version "3.6", and what it
-- can do. "4.0-beta2" is before "4.0".
local M = {}

---@class ops.JujuVersion
---@field major integer
---@field minor integer
---@field patch integer
---@field tag string "beta", "" for a release
---@field build integer
local Version = {}
Version.__name = "ops.JujuVersion"

-- name -> the first version that has it
local SINCE <const> = {
  has_app_data = "2.7",
  has_controller_storage = "2.8",
  is_dispatch_aware = "2.8",
  has_secrets = "3.0.3",
  supports_open_port_on_k8s = "3.0.3",
  supports_exec_service_context = "3.1.6",
  supports_pebble_log_forwarding = "3.4",
  supports_pebble_identities = "3.6.4",
  supports_pebble_metrics = "3.6.4",
}

-- Released before its Pebble was brought up to date.
local EXCEPT <const> = { supports_exec_service_context = "3.2.0" }

-- A tagged version lies before the release of its first two numbers.
local function compare(a, b)
  for _, field in ipairs { "major", "minor" } do
    if a[field] ~= b[field] then
      return a[field] < b[field] and -1 or 1
    end
  end
  if a.tag ~= b.tag then
    if a.tag == "" or b.tag == "" then
      return a.tag == "" and 1 or -1
    end
    return a.tag < b.tag and -1 or 1
  elseif a.patch ~= b.patch then
    return a.patch < b.patch and -1 or 1
  end
  return a.build == b.build and 0 or a.build < b.build and -1 or 1
end

function Version.__eq(a, b)
  return compare(a, b) == 0
end

function Version.__lt(a, b)
  return compare(a, b) < 0
end

function Version.__le(a, b)
  return compare(a, b) <= 0
end

function Version.__index(self, name)
  local since = SINCE[name]
  if not since then
    return Version[name]
  end
  return self >= M.parse(since)
    and not (EXCEPT[name] and self == M.parse(EXCEPT[name]))
end

---@return string
function Version:__tostring()
  return self.text
end

local function integer(text)
  return text ~= "" and math.tointeger(tonumber(text)) or 0
end

---@param text string "3.6.26", "4.0-beta2", "2.9.52.1"
---@return ops.JujuVersion
function M.parse(text)
  local major, minor, tag, patch, build =
    text:match "^(%d+)%.(%d+)([-.]?%a*)(%d*)%.?(%d*)$"
  if not major or tag ~= "" and tag ~= "." and not tag:find "^-%a+$" then
    error(("cannot read the Juju version '%s'"):format(text), 2)
  end
  return setmetatable({
    text = text,
    major = integer(major),
    minor = integer(minor),
    tag = tag:gsub("^[-.]", ""),
    patch = integer(patch),
    build = integer(build),
  }, Version)
end

return M
