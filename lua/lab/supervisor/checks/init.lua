-- SPDX-License-Identifier: Apache-2.0
-- The checks of the plan and their health, over the API. A check itself is
-- lab.supervisor.checks.check.
local checks = require "lab.supervisor.checks.check"
local input = require "lab.supervisor.input"
local json = require "std.json"
local merge = require "lab.supervisor.plan.merge"
local order = require "lab.supervisor.plan.order"
local reply = require "lab.supervisor.reply"

local M = {}
M.__index = M

local LEVELS <const> = { alive = true, ready = true }

---@class lab.supervisor.Checks
---@field by_name table<string, lab.supervisor.Check>

---@param daemon lab.supervisor.Daemon
---@return lab.supervisor.Checks
function M.new(daemon)
  return setmetatable({ daemon = daemon, by_name = {} }, M)
end

---Follows the plan: new and changed checks (re)start, others stay as they are.
function M:update()
  local plan <const> = self.daemon.plan.combined.checks
  for _, name in ipairs(order.sorted_keys(plan)) do
    local check <const> = self.by_name[name]
    if not check or not merge.equal(check.config, plan[name]) then
      if check then
        check:stop()
      end
      self.by_name[name] = checks.new(self.daemon, name, plan[name])
      if plan[name].startup ~= "disabled" then
        self.by_name[name]:start()
      end
    end
  end
end

---A replan starts what is enabled and stopped.
function M:replan()
  for _, check in pairs(self.by_name) do
    if check.config.startup ~= "disabled" and not check:is_active() then
      check:start()
    end
  end
end

local function select(self, request)
  local level <const> = request.query.level
  if level and level ~= "" and not LEVELS[level] then
    reply.refuse(400, 'level must be "alive" or "ready"')
  end
  local names <const> = input.list(request, "names")
  local chosen <const> = #names > 0 and input.set(names) or nil
  local list <const> = json.array()
  for _, name in ipairs(order.sorted_keys(self.by_name)) do
    if not chosen or chosen[name] then
      list[#list + 1] = self.by_name[name]
    end
  end
  return list, level ~= "" and level or nil
end

---GET /v1/checks
function M:list(request)
  local found <const>, level <const> = select(self, request)
  local list <const> = json.array()
  for _, check in ipairs(found) do
    if not level or check.config.level == level then
      list[#list + 1] = check:show()
    end
  end
  return reply.sync(list)
end

---POST /v1/checks
function M:post(request)
  local body <const> = input.body(request)
  local action <const> = input.field(body, "action", "string") or ""
  local names <const> = input.field(body, "checks", "strings") or {}
  if action ~= "start" and action ~= "stop" then
    reply.refuse(400, ("invalid action %q"):format(action))
  elseif #names == 0 then
    reply.refuse(400, ("must specify checks for %s action"):format(action))
  end
  for _, name in ipairs(names) do
    if not self.by_name[name] then
      reply.refuse(400, ("cannot find check %q in plan"):format(name))
    end
  end
  local changed <const> = json.array()
  for _, name in ipairs(order.sorted_keys(input.set(names))) do
    local check <const> = self.by_name[name]
    if check:is_active() == (action == "stop") then
      check[action](check)
      changed[#changed + 1] = name
    end
  end
  return reply.sync { changed = changed }
end

---POST /v1/checks/refresh
function M:refresh(request)
  local name <const> =
    input.field(input.body(request), "name", "string") or ""
  if name == "" then
    reply.refuse(400, "must specify check name")
  end
  local check <const> = self.by_name[name]
    or reply.refuse(404, ("cannot find check with name %q"):format(name))
  local ok, message = check:refresh()
  return reply.sync {
    info = check:show(),
    error = not ok and message or nil,
  }
end

---GET /v1/health
function M:health(request)
  local found <const>, level <const> = select(self, request)
  local healthy = true
  for _, check in ipairs(found) do
    local concerned <const> = not level or check.config.level == level
      or level == "ready" and check.config.level == "alive"
    if concerned and check.status == "down" then
      healthy = false
    end
  end
  return reply.sync({ healthy = healthy }, healthy and 200 or 502)
end

return M
