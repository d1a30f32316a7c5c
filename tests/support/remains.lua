-- SPDX-License-Identifier: Apache-2.0
-- What a lab left behind: processes that name its data folder on their command
-- line, in their environment or among their mounts (a container's processes
-- name it nowhere else), and mounts of this process.
local fs = require "host.fs"

local M = {}

-- The folder as the mount tables of others have it: below its own mount.
local function as_mounted(folder)
  local best, root = "", ""
  local own <const> = assert(fs.read("/proc/self/mountinfo"))
  for from, point in own:gmatch("[^\n ]+ [^ ]+ [^ ]+ ([^ ]+) ([^ ]+)[^\n]*") do
    local inside <const> = point == "/"
      or folder:sub(1, #point + 1) == point .. "/"
    if inside and #point > #best then
      best, root = point, from
    end
  end
  local rest <const> = folder:sub(#best + (best == "/" and 0 or 1))
  return (root == "/" and "" or root) .. rest
end

local function names(pid, file, text)
  local content <const> = fs.read(("/proc/%s/%s"):format(pid, file))
  local at <const> = content and content:find(text, 1, true)
  return at and not content:sub(at + #text, at + #text):find("[%w._-]")
end

---@param folder string
---@return string? what the first thing found
function M.find(folder)
  local mounted <const> = as_mounted(folder)
  for _, pid in ipairs(assert(fs.list("/proc"))) do
    if pid:find("^%d+$") and (names(pid, "cmdline", folder)
      or names(pid, "environ", folder) or names(pid, "mountinfo", mounted)) then
      local line <const> = fs.read(("/proc/%s/cmdline"):format(pid)) or ""
      return ("process %s is left: %s"):format(pid, (line:gsub("\0", " ")))
    end
  end
end

return M
