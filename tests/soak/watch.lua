-- SPDX-License-Identifier: Apache-2.0
-- Looks at a process from outside, in /proc: its memory, descriptors, time of
-- the processor, and children that have ended and were not awaited.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

local TICK <const> = 100 -- of /proc's clock in a second, on every Linux here

---@return integer[] pids of all processes
local function processes()
  local pids = {}
  for _, name in ipairs(assert(fs.list "/proc")) do
    pids[#pids + 1] = math.tointeger(tonumber(name))
  end
  return pids
end

-- What follows the name in /proc/PID/stat; field 1 is the state.
local function stat(pid)
  local text = fs.read(("/proc/%d/stat"):format(pid)) or ""
  local fields = {}
  for word in (text:match ".*%) (.*)" or ""):gmatch "%S+" do
    fields[#fields + 1] = word
  end
  return #fields > 0 and fields or nil
end

---@param pid integer
---@return integer? kib resident
function M.memory(pid)
  local text = fs.read(("/proc/%d/status"):format(pid)) or ""
  return math.tointeger(tonumber(text:match "VmRSS:%s*(%d+) kB"))
end

---@param pid integer
---@return integer count
function M.descriptors(pid)
  return #(fs.list(("/proc/%d/fd"):format(pid)) or {})
end

---@param pid integer
---@return number seconds of it and of the children that it has awaited
function M.processor(pid)
  local fields, ticks = stat(pid), 0
  for index = 12, fields and 15 or 11 do
    ticks = ticks + tonumber(fields[index])
  end
  return ticks / TICK
end

---@param pid integer
---@param seen table<integer, number> since when each is there; kept up to date
---@return integer count of children in state Z
---@return number oldest seconds
function M.zombies(pid, seen)
  local now, count, oldest, there = sys.monotonic(), 0, 0, {}
  for _, child in ipairs(processes()) do
    local fields = stat(child)
    if fields and fields[1] == "Z" and tonumber(fields[2]) == pid then
      seen[child] = seen[child] or now
      there[child] = true
      count, oldest = count + 1, math.max(oldest, now - seen[child])
    end
  end
  for child in pairs(seen) do
    seen[child] = there[child] and seen[child] or nil
  end
  return count, oldest
end

---@param folder string
---@return integer[] pids of processes that work in a folder or below it
function M.inhabitants(folder)
  local pids = {}
  for _, pid in ipairs(processes()) do
    local cwd = fs.readlink(("/proc/%d/cwd"):format(pid)) or ""
    if cwd == folder or cwd:sub(1, #folder + 1) == folder .. "/" then
      pids[#pids + 1] = pid
    end
  end
  return pids
end

return M
