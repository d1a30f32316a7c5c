-- SPDX-License-Identifier: Apache-2.0
-- The services of the plan: their list, and the actions on them as changes.
-- Keeps one state machine per service that was ever asked for.
local clock = require "lab.supervisor.clock"
local input = require "lab.supervisor.input"
local json = require "std.json"
local merge = require "lab.supervisor.plan.merge"
local order = require "lab.supervisor.plan.order"
local reply = require "lab.supervisor.reply"
local services = require "lab.supervisor.service"

local M = {}
M.__index = M

---@class lab.supervisor.Services
---@field by_name table<string, lab.supervisor.Service>

---@param daemon lab.supervisor.Daemon
---@return lab.supervisor.Services
function M.new(daemon)
  return setmetatable({ daemon = daemon, by_name = {} }, M)
end

---@param name string
---@return lab.supervisor.Service made at the first call
function M:service(name)
  local service = self.by_name[name]
  if not service then
    local daemon <const> = self.daemon
    service = services.new(daemon.loop, name, daemon.logs:ring(name),
      function(code) daemon:stop(code) end)
    self.by_name[name] = service
  end
  return service
end

local function planned(self)
  return self.daemon.plan.combined.services
end

---GET /v1/services
function M:list(request)
  local names <const> = input.list(request, "names")
  local chosen <const> = #names > 0 and input.set(names) or nil
  local list <const>, plan <const> = json.array(), planned(self)
  for _, name in ipairs(order.sorted_keys(plan)) do
    if not chosen or chosen[name] then
      local service <const> = self.by_name[name]
      list[#list + 1] = {
        name = name,
        startup = plan[name].startup or "disabled",
        current = service and service:current() or "inactive",
        ["current-since"] = service and service.since
          and clock.format(service.since) or nil,
      }
    end
  end
  return reply.sync(list)
end

local function start_task(self, name)
  return {
    kind = "start",
    summary = ("Start service %q"):format(name),
    run = function(task)
      local config <const> = planned(self)[name]
      if not config then
        return nil, ("cannot find service %q in plan"):format(name)
      end
      return self:service(name):start(config, task)
    end,
    abort = function(task) self:service(name):abort_start(task) end,
  }
end

local function stop_task(self, name)
  return {
    kind = "stop",
    summary = ("Stop service %q"):format(name),
    run = function(task) return self:service(name):stop(task) end,
  }
end

-- One task a name; in a lane each waits for the one before it.
local function add_tasks(self, tasks, lanes, make, all_after)
  local first <const> = #tasks
  for _, lane in ipairs(lanes) do
    local before
    for _, name in ipairs(lane) do
      local task <const> = make(self, name)
      task.after = table.move(all_after, 1, #all_after, 1, {})
      task.after[#task.after + 1] = before
      tasks[#tasks + 1], before = task, task
    end
  end
  return table.move(tasks, first + 1, #tasks, 1, {})
end

local actions = {}

local function check_names(self, action, body)
  local names <const> = input.field(body, "services", "strings") or {}
  if action == "replan" or action == "autostart" then
    if #names > 0 then
      reply.refuse(400, ("%s accepts no service names"):format(action))
    end
    return names
  elseif #names == 0 then
    reply.refuse(400, ("must specify services for %s action"):format(action))
  elseif not actions[action] then
    reply.refuse(400, ("invalid action %q"):format(action))
  end
  for _, name in ipairs(names) do
    if not planned(self)[name] then
      reply.refuse(400, ("service %q does not exist"):format(name))
    end
  end
  return order.sorted_keys(input.set(names))
end

local function enabled(self)
  local plan <const>, names <const> = planned(self), {}
  for _, name in ipairs(order.sorted_keys(plan)) do
    if plan[name].startup == "enabled" then
      names[#names + 1] = name
    end
  end
  return names
end

function actions.start(self, names)
  local tasks <const> = {}
  add_tasks(self, tasks, order.start_lanes(planned(self), names), start_task,
    {})
  return tasks, names
end

function actions.stop(self, names)
  local tasks <const> = {}
  add_tasks(self, tasks, order.stop_lanes(planned(self), names), stop_task,
    {})
  return tasks, names
end

local function stop_then_start(self, stop, start)
  local plan <const>, tasks <const> = planned(self), {}
  local stops <const> = add_tasks(self, tasks,
    order.stop_lanes(plan, stop, true), stop_task, {})
  add_tasks(self, tasks, order.start_lanes(plan, start), start_task, stops)
  return tasks
end

function actions.restart(self, names)
  return stop_then_start(self, names, names), names
end

function actions.autostart(self)
  local names <const> = enabled(self)
  if #names == 0 then
    reply.refuse(400, "no default services", "no-default-services")
  end
  return actions.start(self, names)
end

-- Restarts what was started with another definition than the plan's, and
-- starts what is enabled: for one that runs there is nothing to do.
function actions.replan(self)
  local plan <const>, stop <const>, start <const> = planned(self), {}, {}
  for _, name in ipairs(order.sorted_keys(plan)) do
    local service <const> = self.by_name[name]
    local config <const> = service and service.config
    if config and not merge.equal(config, plan[name]) then
      stop[#stop + 1], start[#start + 1] = name, name
    elseif plan[name].startup == "enabled" then
      start[#start + 1] = name
    end
  end
  self.daemon.checks:replan()
  return stop_then_start(self, stop, start), start
end

local function summarize(action, names)
  local title <const> = action:sub(1, 1):upper() .. action:sub(2)
  if #names == 0 then
    return title .. " - no services"
  elseif #names == 1 then
    return ("%s service %q"):format(title, names[1])
  end
  return ("%s service %q and %d more"):format(title, names[1], #names - 1)
end

---POST /v1/services
function M:post(request)
  local body <const> = input.body(request)
  local action <const> = input.field(body, "action", "string") or ""
  local tasks <const>, names <const> =
    actions[action](self, check_names(self, action, body))
  return reply.async(self.daemon.changes:add({
    kind = action,
    summary = summarize(action, names),
    services = names,
  }, tasks))
end

---POST /v1/signals
function M:signal(request)
  local body <const> = input.body(request)
  local names <const> = input.field(body, "services", "strings") or {}
  local signal <const> = input.field(body, "signal", "string") or ""
  if #names == 0 then
    reply.refuse(400, "must specify one or more services")
  end
  local errors <const> = {}
  for _, name in ipairs(names) do
    local service <const> = self.by_name[name]
    local word <const> = signal:match("^SIG(%u[%u%d]*)$")
    local ok, message
    if not service or service:current() ~= "active" then
      message = ("cannot send signal to %q: service is not running")
        :format(name)
    elseif word then
      ok, message = service:signal(word)
    end
    if not ok then
      errors[#errors + 1] = message
        or ("cannot send signal to %q: invalid signal name %q")
          :format(name, signal)
    end
  end
  if #errors > 0 then
    reply.refuse(500, table.concat(errors, "; "))
  end
  return reply.sync(true)
end

---Stops everything, for the daemon's end. Waits until it is done.
function M:stop_all()
  local names <const> = {}
  for name, service in pairs(self.by_name) do
    if service.config and service:current() ~= "error" then
      names[#names + 1] = name
    end
  end
  local change <const> = self.daemon.changes:add({
    kind = "stop",
    summary = "Stop all running services",
  }, (actions.stop(self, names)))
  change.finished:wait()
end

return M
