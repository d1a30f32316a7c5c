-- SPDX-License-Identifier: Apache-2.0
-- Users and groups by name or number, from the container's own passwd and
-- group files, and how to start a process as one of them.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

---@class lab.supervisor.Account
---@field uid integer
---@field gid integer?
---@field name string?
---@field home string?

local function rows(path, width)
  local list <const> = {}
  for line in (fs.read(path) or ""):gmatch("[^\n]+") do
    local row <const> = {}
    for field in (line .. ":"):gmatch("([^:]*):") do
      row[#row + 1] = field
    end
    if #row >= width and row[3]:find("^%d+$") then
      list[#list + 1] = row
    end
  end
  return list
end

local function find(path, width, column, value)
  for _, row in ipairs(rows(path, width)) do
    if row[column] == value then
      return row
    end
  end
end

local function find_user(column, value)
  local row <const> = find("/etc/passwd", 6, column, value)
  return row and { name = row[1], uid = math.tointeger(tonumber(row[3])),
    gid = math.tointeger(tonumber(row[4])), home = row[6] }
end

---@param uid integer
---@return string? name
function M.user_name(uid)
  local row <const> = find("/etc/passwd", 6, 3, tostring(uid))
  return row and row[1]
end

---@param gid integer
---@return string? name
function M.group_name(gid)
  local row <const> = find("/etc/group", 3, 3, tostring(gid))
  return row and row[1]
end

local function resolve_user(want)
  local account
  if want.user and want.user ~= "" then
    account = find_user(1, want.user)
    if not account then
      return nil, ("unknown user %s"):format(want.user)
    elseif want["user-id"] and want["user-id"] ~= account.uid then
      return nil, ("user %q ID (%d) does not match user-id %d")
        :format(want.user, account.uid, want["user-id"])
    end
  elseif want["user-id"] then
    account = find_user(3, tostring(want["user-id"]))
      or { uid = want["user-id"] }
  end
  return account or {}
end

local function resolve_group(want)
  if not want.group or want.group == "" then
    return want["group-id"]
  end
  local row <const> = find("/etc/group", 3, 1, want.group)
  local gid <const> = row and math.tointeger(tonumber(row[3]))
  if not gid then
    return nil, ("unknown group %s"):format(want.group)
  elseif want["group-id"] and want["group-id"] ~= gid then
    return nil, ("group %q ID (%d) does not match group-id %d")
      :format(want.group, gid, want["group-id"])
  end
  return gid
end

---@param want table with user, user-id, group, group-id, as a plan has them
---@return lab.supervisor.Account? account uid is nil if nobody is asked for
---@return string? message
function M.resolve(want)
  local account, message = resolve_user(want)
  if not account then
    return nil, message
  end
  local gid
  gid, message = resolve_group(want)
  if message then
    return nil, message
  elseif gid and not account.uid then
    return nil, "must specify user, not just group"
  elseif account.uid and not gid and not account.gid then
    return nil, ("must specify group for the unknown user ID %d")
      :format(account.uid)
  end
  account.gid = gid or account.gid
  return account
end

---@param account lab.supervisor.Account
---@return boolean the supervisor already runs as it
function M.is_own(account)
  return (not account.uid or account.uid == sys.getuid())
    and (not account.gid or account.gid == sys.getgid())
end

-- Root over its own files only, in a user namespace of one, can't change.
local function may_change()
  if sys.getuid() ~= 0 then
    return false
  end
  local count = 0
  for line in (fs.read("/proc/self/uid_map") or ""):gmatch("[^\n]+") do
    count = count + (tonumber(line:match("(%d+)%s*$")) or 0)
  end
  return count > 1
end

---The words to put before a command so that it runs as the account.
---@param account lab.supervisor.Account
---@return string[]? prefix
---@return string? message
function M.prefix(account)
  if M.is_own(account) then
    return {}
  elseif not may_change() then
    return nil, ("cannot run as user %s: this container has user %d alone")
      :format(account.name or account.uid, sys.getuid())
  end
  return { "setpriv", "--reuid", tostring(account.uid), "--regid",
    tostring(account.gid), account.name and "--init-groups"
    or "--clear-groups", "--" }
end

return M
