-- SPDX-License-Identifier: Apache-2.0
-- The processes of a session, which outlives its leader; every process says
-- in /proc which one it is in. Used to leave nothing of an exec behind.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

local function find(sid)
  local members <const> = {}
  for _, name in ipairs(fs.list("/proc") or {}) do
    local stat <const> = name:find("^%d+$")
      and fs.read("/proc/" .. name .. "/stat")
    local session <const> = stat
      and stat:match(".*%) %a %-?%d+ %-?%d+ (%-?%d+) ")
    if tonumber(session) == sid then
      members[#members + 1] = math.tointeger(tonumber(name))
    end
  end
  return members
end

---Kills all of them, again and again: one may have forked while it was looked
---for.
---@param loop lab.Loop
---@param sid integer
function M.kill(loop, sid)
  for _ = 1, 10 do
    local members <const> = find(sid)
    for _, pid in ipairs(members) do
      sys.kill(pid, "KILL")
    end
    if #members == 0 then
      return
    end
    loop:sleep(0.01)
  end
end

return M
