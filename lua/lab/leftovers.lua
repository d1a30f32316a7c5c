-- SPDX-License-Identifier: Apache-2.0
-- Processes that an ended controller left: its sandboxes die with it, but not
-- at once, and one that was just being started may have missed its end. They
-- are known by what they mounted, parts of the lab's data folder.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

local PATIENCE <const>, KILL_PATIENCE <const> = 2, 5
local POLL <const> = 0.02
local SANDBOX <const> = "--die-with-parent"

-- Device and path of a folder as the mount tables have them.
local function place_of(folder)
  local best, device, root = "", nil, ""
  local own <const> = assert(fs.read("/proc/self/mountinfo"))
  for dev, from, point in
    own:gmatch("[^\n ]+ [^ ]+ ([^ ]+) ([^ ]+) ([^ ]+)[^\n]*") do
    local inside <const> = point == "/" or folder == point
      or folder:sub(1, #point + 1) == point .. "/"
    if inside and #point >= #best then
      best, device, root = point, dev, from
    end
  end
  local rest <const> = folder:sub(#best + (best == "/" and 0 or 1))
  return device, (root == "/" and "" or root) .. rest
end

-- Paths in a mount table have \040 for a space, and the like.
local function unescape(text)
  return (text:gsub("\\(%d%d%d)", function(digits)
    return string.char(tonumber(digits, 8))
  end))
end

-- Most processes have this one's mounts; theirs need not be read.
local function mounts_part(pid, device, path)
  local own <const> = fs.readlink("/proc/self/ns/mnt")
  if fs.readlink(("/proc/%s/ns/mnt"):format(pid)) == own then
    return false
  end
  local text <const> = fs.read(("/proc/%s/mountinfo"):format(pid)) or ""
  for dev, from in text:gmatch("[^\n ]+ [^ ]+ ([^ ]+) ([^ ]+)[^\n]*") do
    if dev == device and unescape(from):sub(1, #path) == path then
      return true
    end
  end
  return false
end

-- bwrap before it has mounted anything.
local function is_sandbox(pid, folder)
  local line <const> = fs.read(("/proc/%s/cmdline"):format(pid)) or ""
  return line:find("\0" .. SANDBOX .. "\0", 1, true)
    and line:find("\0" .. folder, 1, true) ~= nil
end

---@param data string the lab's data folder
---@return integer[] pids
function M.find(data)
  local models <const> = (fs.realpath(data) or data) .. "/models/"
  local device, path = place_of(models)
  local found <const> = {}
  for _, name in ipairs(assert(fs.list("/proc"))) do
    if name:find("^%d+$") and (mounts_part(name, device, path)
      or is_sandbox(name, models)) then
      found[#found + 1] = math.tointeger(tonumber(name))
    end
  end
  return found
end

local function wait_gone(data, patience)
  local deadline <const> = sys.monotonic() + patience
  local left = M.find(data)
  while #left > 0 and sys.monotonic() < deadline do
    sys.sleep(POLL)
    left = M.find(data)
  end
  return left
end

---Waits until none is left, and kills those that do not go. For who holds the
---controller's lock, before anything is started.
---@param data string
---@return true?
---@return string? message
function M.finish(data)
  local left = wait_gone(data, PATIENCE)
  for _, pid in ipairs(left) do
    sys.kill(pid, "KILL")
  end
  left = #left > 0 and wait_gone(data, KILL_PATIENCE) or left
  if #left > 0 then
    return nil, ("cannot go on: process %d of an earlier controller does not "
      .. "end"):format(left[1])
  end
  return true
end

return M
