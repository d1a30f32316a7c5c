-- SPDX-License-Identifier: Apache-2.0
-- Mode and owner of files and folders to be made, as a request words them.
local accounts = require "lab.supervisor.accounts"
local faults = require "lab.supervisor.files.fault"
local fs = require "host.fs"

local M = {}

---@param text string? three octal digits
---@param default integer
---@return integer? mode
---@return table? fault
function M.mode(text, default)
  if not text or text == "" then
    return default
  elseif not text:find("^[0-7][0-7][0-7]$") then
    return nil, faults.new(
      ("mode must be a 3-digit octal string, got %q"):format(text))
  end
  return tonumber(text, 8)
end

---@param item table with user, user-id, group, group-id
---@return lab.supervisor.Account? account
---@return table? fault
function M.resolve(item)
  local account, message = accounts.resolve(item)
  if not account then
    return nil, faults.new("cannot look up user and group: " .. message)
  end
  local able
  able, message = accounts.prefix(account)
  if not able then
    return nil, faults.new(message, "EPERM")
  end
  return account
end

---Gives the path its mode and, unless the supervisor's own is meant, owner.
---@param path string
---@param mode integer
---@param account lab.supervisor.Account
---@return true? ok
---@return string? message
---@return string? code
function M.apply(path, mode, account)
  local ok, message, code = fs.chmod(path, mode)
  if ok and account.uid and not accounts.is_own(account) then
    ok, message, code = fs.chown(path, account.uid, account.gid)
  end
  return ok, message, code
end

---Makes one folder, exactly with this mode and owner.
---@param path string
---@param mode integer
---@param account lab.supervisor.Account
---@return true? ok
---@return string? message
---@return string? code
function M.make_dir(path, mode, account)
  local ok, message, code = fs.mkdir(path, mode)
  if ok then
    ok, message, code = M.apply(path, mode, account)
  end
  return ok, message, code
end

---Makes what is missing of a folder and those above it, all alike.
---@param path string
---@param mode integer
---@param account lab.supervisor.Account
---@return true? ok
---@return string? message
---@return string? code
function M.make_dirs(path, mode, account)
  local stat <const> = fs.stat(path)
  if stat and stat.type == "directory" then
    return true
  end
  local parent <const> = path:match("^(.+)/[^/]*$")
  if parent then
    local ok, message, code = M.make_dirs(parent, mode, account)
    if not ok then
      return nil, message, code
    end
  end
  return M.make_dir(path, mode, account)
end

return M
