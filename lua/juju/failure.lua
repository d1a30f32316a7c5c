-- SPDX-License-Identifier: Apache-2.0
-- What a failed hook tool means: one error of kind "hook-tool" whose
-- data.reason says in a word why, found from the exit code and Juju's text,
-- which are the same over both doors. Pure; used by juju.tool.
local errors = require "std.error"

local M = {}

-- The first row that fits decides. `tool`, `flag`: only for that one.
local REASONS <const> = {
  { "bad request: unknown command", "unknown-tool" },
  { "bad request: wrong context ID", "agent-gone" },
  { "^dial unix ", "agent-gone" },
  { "^dial tcp ", "agent-gone" },
  { "^unexpected EOF$", "agent-gone" },
  { "^connection is shut down$", "agent-gone" },
  { "^JUJU_[%u_]+ not set$", "agent-gone" },
  { "relation not found", "not-found" },
  { "is not the leader", "not-leader" },
  { "not the leader$", "not-leader" },
  { "^cannot write relation settings", "not-leader",
    tool = "relation-set", flag = "--app" },
  { "permission denied", "permission" },
  { "", "usage", code = 2 },
  { "not found", "not-found" },
  { "^no network config found", "not-found" },
  { "", "failed" },
}

local HINTS <const> = {
  ["agent-gone"] = "the run of this event is over, or the unit agent is gone",
  ["not-leader"] = "only the leader may; ask is_leader() first",
  ["unknown-tool"] = "this version of Juju may not have it",
}

local function contains(list, item)
  for _, each in ipairs(list) do
    if each == item then
      return true
    end
  end
  return false
end

local function reason_of(name, args, code, text)
  for _, row in ipairs(REASONS) do
    if text:find(row[1]) and (row.code or code) == code
      and (row.tool or name) == name
      and (not row.flag or contains(args, row.flag)) then
      return row[2]
    end
  end
end

---@param name string the tool
---@param tried string
---@param happened string
---@param reason string
---@param data? table
---@return std.Error
function M.new(name, tried, happened, reason, data)
  data = data or {}
  data.tool, data.reason = name, reason
  return errors.new {
    kind = "hook-tool",
    tried = tried,
    happened = happened,
    hint = HINTS[reason],
    data = data,
  }
end

--- The error of a tool that ended with a code other than 0.
---@param name string
---@param args string[]
---@param tried string
---@param result host.rpc.Result
---@return std.Error
function M.of_result(name, args, tried, result)
  local text = result.stderr:gsub("%s+$", ""):gsub("^ERROR ", "")
  local reason = reason_of(name, args, result.code, text)
  if text == "" then
    text = ("%s ended with code %d"):format(name, result.code)
  end
  return M.new(name, tried, text, reason,
    { code = result.code, stderr = result.stderr })
end

return M
