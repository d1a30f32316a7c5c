-- SPDX-License-Identifier: Apache-2.0
-- Juju's side of a dispatch in specs: every hook tool as a function of its
-- arguments over a state, with Juju's rules. What Juju buffers is in
-- `buffered` and lost unless the dispatch ends well; the rest happens at once.
local action_tools = require "testing.juju.action"
local misc_tools = require "testing.juju.misc"
local network_tools = require "testing.juju.network"
local relation_tools = require "testing.juju.relation"
local secret_tools = require "testing.juju.secret"
local state_tools = require "testing.juju.state"
local storage_tools = require "testing.juju.storage"
local words = require "testing.juju.words"

local M = {}

---@class testing.Juju
---@field environ table<string, string>
---@field meta ops.Meta
---@field unit string
---@field app string
---@field leader boolean
---@field buffered testing.State relations, stored, opened_ports, secrets
---@field commit_error? string why Juju would not commit
---@field now table statuses, log, action results: what happens at once
---@field calls {tool: string, args: string[], stdin?: string}[]
local Juju = {}
Juju.__index = Juju

local TOOLS <const> = {}
for _, family in ipairs {
  action_tools, misc_tools, network_tools, relation_tools, secret_tools,
  state_tools, storage_tools,
} do
  for name, tool in pairs(family) do
    TOOLS[name] = tool
  end
end

---@param options table the fields of testing.Juju
---@return testing.Juju
function M.new(options)
  options.calls = {}
  return setmetatable(options, Juju)
end

---Runs a hook tool as the unit agent would.
---@param name string
---@param args string[]
---@param stdin? string
---@return {code: integer, stdout: string, stderr: string}
function Juju:run(name, args, stdin)
  local call = { tool = name, args = args, stdin = stdin }
  self.calls[#self.calls + 1] = call
  if self.broken_tools and self.broken_tools[name] then
    return { code = 1, stdout = "", stderr = self.broken_tools[name] }
  end
  local tool = TOOLS[name]
  if not tool then
    return words.failed(1, "bad request: unknown command: " .. name)
  end
  local parsed, why = words.parse(args, tool.flags)
  if not parsed then
    return words.failed(2, why)
  end
  parsed.stdin = stdin
  local out, message, code = tool.run(self, parsed)
  if not out then
    return words.failed(code or 1, message)
  end
  return { code = 0, stdout = out, stderr = "" }
end

return M
