-- SPDX-License-Identifier: Apache-2.0
-- Models for specs: charms as tables, units that have run their first hooks,
-- and a walk that runs hooks without a process.
local context = require "lab.context"
local models = require "lab.model"
local order = require "lab.order"
local progress = require "lab.progress"
local relations = require "lab.model.relations"

local M = {}

---@param fields table? parts of a lab.Charm
---@return lab.Charm
function M.charm(fields)
  local charm <const> = {
    name = "app", endpoints = {}, containers = {}, storage = {},
    resources = {}, options = {}, actions = {},
  }
  for key, value in pairs(fields or {}) do
    charm[key] = value
  end
  return charm
end

M.CLIENT = M.charm {
  name = "client",
  endpoints = {
    db = { interface = "sql", role = "requirer", limit = 1 },
    peer = { interface = "peers", role = "peer" },
  },
}
M.SERVER = M.charm {
  name = "server",
  endpoints = { db = { interface = "sql", role = "provider" } },
}

---@return table model
function M.model()
  return models.new { name = "m", uuid = "u", index = 0, network = 100 }
end

---@param model table
---@param name string
---@param charm lab.Charm?
---@param units integer?
---@return table application
function M.deploy(model, name, charm, units)
  local application <const> = assert(models.add_application(model, {
    name = name, charm = charm or M.charm(), origin = { charm = name },
    config = {}, resources = {},
  }))
  relations.add_peers(model, application)
  for _ = 1, units or 1 do
    models.add_unit(model, name, 0)
  end
  return application
end

---Runs hooks of one unit, all successful, until there is none.
---@param model table
---@param unit string
---@param seen table? parts of lab.Seen
---@param during fun(hook: lab.Hook)? called while a hook runs
---@return string[] names of the hooks, with ":unit" of a remote one
function M.settle(model, unit, seen, during)
  local ran <const> = {}
  local view <const> = { now = 0, boots = {}, update_status = false }
  for key, value in pairs(seen or {}) do
    view[key] = value
  end
  for _ = 1, 100 do
    local it <const> = model.units[unit]
    local hook <const> = it and order.next(model, it, view)
    if not hook or hook.kind == "forget" then
      return ran
    end
    progress.begin(model, it, hook, 0)
    if during then
      during(hook)
    end
    progress.done(model, it, hook, 0)
    ran[#ran + 1] = hook.name
      .. (hook.remote_unit and ":" .. hook.remote_unit or "")
  end
  error("the hooks do not come to an end")
end

---A client and a server, related and settled; the relation's id is "1".
---@return table model
function M.related()
  local model <const> = M.model()
  M.deploy(model, "client", M.CLIENT)
  M.deploy(model, "server", M.SERVER)
  assert(relations.relate(model, "client", "server"))
  for _ = 1, 3 do
    M.settle(model, "client/0")
    M.settle(model, "server/0")
  end
  return model
end

---@param model table
---@param unit string
---@param hook lab.Hook
---@return lab.Context with `lines`, what was logged, and `saves`
function M.context(model, unit, hook)
  local made
  made = context.new {
    model = model,
    unit = model.units[unit],
    hook = hook,
    now = function() return 0 end,
    save = function() made.saves = made.saves + 1 end,
    log = function(level, message)
      table.insert(made.lines, level .. " " .. message)
    end,
    host_path = function() end,
    resource_path = function(name) return "/resources/" .. name end,
  }
  made.lines, made.saves = {}, 0
  return made
end

return M
