-- SPDX-License-Identifier: Apache-2.0
-- The names that Juju takes. A test returns nil, or what is wrong. Pure.
local M = {}

---Of charms, applications and storages: parts of letters and digits between
---dashes; the first begins with a letter, each has one.
---@param name string
---@return boolean
function M.is_plain(name)
  return name:find("^%l[%l%d]*[%l%d%-]*$") ~= nil
    and not name:find("%-%-") and not name:find("%-$")
    and not name:find("%-%d+$") and not name:find("%-%d+%-")
end

---@param name string
---@return string?
function M.plain(name)
  return not M.is_plain(name)
    and ('"%s" must be lower-case letters, digits and dashes, start with a '
      .. "letter, and have a letter after each dash"):format(name)
    or nil
end

---Is the name Juju's own?
---@param name string
---@return string?
function M.reserved(name)
  return (name == "juju" or name:sub(1, 5) == "juju-")
    and ('"%s" is reserved: names that begin with juju are Juju\'s own')
      :format(name)
    or nil
end

---@param name string
---@return string?
function M.endpoint(name)
  local good <const> = name:find("^%l[%l%d_-]*$") and not name:find("[_-]$")
    and not name:find("[_-][_-]")
  return not good
    and ('"%s" must be lower-case letters and digits, with single dashes or '
      .. "underscores between them, and start with a letter"):format(name)
    or nil
end

---@param name string
---@return string?
function M.action(name)
  local good <const> = name:find("^[%l%d][%l%d-]*$") and not name:find("-$")
  return not good
    and ('"%s" must be lower-case letters, digits and dashes, and neither '
      .. "start nor end with a dash"):format(name)
    or M.reserved(name)
end

---A container's name is one in its pod, where Juju has two of its own.
---@param name string
---@return string?
function M.container(name)
  if name == "charm" or name == "charm-init" then
    return ('"%s" is reserved: Juju runs the charm in it'):format(name)
  end
  local good <const> = #name <= 63 and name:find("^[%l%d][%l%d-]*$")
    and not name:find("-$")
  return not good
    and ('"%s" must be at most 63 lower-case letters, digits and dashes, and '
      .. "neither start nor end with a dash"):format(name)
    or nil
end

---Of options and resources, which Juju's database keeps as keys.
---@param name string
---@return string?
function M.key(name)
  return (name == "" or name:find("^%$") or name:find(".", 1, true))
    and ('"%s" must not be empty, have a dot, or start with a dollar sign')
      :format(name)
    or nil
end

return M
