-- SPDX-License-Identifier: Apache-2.0
-- Users and groups by name or number, and how to start a process as one.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

---@class lab.supervisor.Account
---@field uid integer? nil: nobody in particular
---@field gid integer?
---@field name string?
---@field home string?

local function resolve_user(want)
  local user
  if want.user and want.user ~= "" then
    user = sys.getpwnam(want.user)
    if not user then
      return nil, ("unknown user %s"):format(want.user)
    elseif want["user-id"] and want["user-id"] ~= user.uid then
      return nil, ("user %q ID (%d) does not match user-id %d")
        :format(want.user, user.uid, want["user-id"])
    end
  elseif want["user-id"] then
    user = sys.getpwuid(want["user-id"]) or { uid = want["user-id"] }
  end
  return user or {}
end

local function resolve_group(want)
  if not want.group or want.group == "" then
    return want["group-id"]
  end
  local group <const> = sys.getgrnam(want.group)
  if not group then
    return nil, ("unknown group %s"):format(want.group)
  elseif want["group-id"] and want["group-id"] ~= group.gid then
    return nil, ("group %q ID (%d) does not match group-id %d")
      :format(want.group, group.gid, want["group-id"])
  end
  return group.gid
end

---@param want table with user, user-id, group, group-id, as a plan has them
---@return lab.supervisor.Account? account
---@return string? message
function M.resolve(want)
  local user, message = resolve_user(want)
  if not user then
    return nil, message
  end
  local gid
  gid, message = resolve_group(want)
  if message then
    return nil, message
  elseif gid and not user.uid then
    return nil, "must specify user, not just group"
  elseif user.uid and not gid and not user.gid then
    return nil, ("must specify group for the unknown user ID %d")
      :format(user.uid)
  end
  return { uid = user.uid, gid = gid or user.gid, name = user.name,
    home = user.home }
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
    return nil, ("cannot act as user %s: this container has user %d alone")
      :format(account.name or account.uid, sys.getuid())
  end
  return { "setpriv", "--reuid", tostring(account.uid), "--regid",
    tostring(account.gid), account.name and "--init-groups"
    or "--clear-groups", "--" }
end

return M
