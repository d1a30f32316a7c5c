-- SPDX-License-Identifier: Apache-2.0
-- One run of a hook, an action or a command: what its hook tools read and
-- write. Writes are buffered and reads show them; remote data is read once and
-- kept. commit() applies all of it to the model, after an exit code of 0.
local configs = require "lab.model.config"
local models = require "lab.model"
local names = require "lab.names"
local ports = require "lab.model.ports"
local relations = require "lab.model.relations"
local run_secrets = require "lab.context.secrets"
local secret_commit = require "lab.context.secret_commit"
local storages = require "lab.model.storages"

local M = {}
M.__index = M

---@class lab.Context
---@field model table
---@field unit lab.Unit
---@field application table
---@field hook lab.Hook
---@field version string Juju's
---@field now fun(): number
---@field log fun(level: string, message: string)
---@field save fun() keeps the model on disk
---@field host_path fun(path: string, dir: string): string?
---@field resource_path fun(name: string): string?
---@field action lab.Action?
---@field results table of the action
---@field secrets lab.RunSecrets
---@field failure string? of the action

---@param options table model, unit, hook, now, log, save, host_path,
---  resource_path
---@return lab.Context
function M.new(options)
  local model <const>, unit <const> = options.model, options.unit
  local self <const> = setmetatable({
    model = model,
    unit = unit,
    application = model.applications[unit.application],
    hook = options.hook,
    action = options.hook.kind == "action"
      and model.actions[options.hook.action] or nil,
    version = models.setting(model, "agent-version"),
    now = options.now,
    log = options.log,
    save = options.save,
    host_path = options.host_path,
    resource_path = options.resource_path,
    results = {},
    bags = {},
    cache = {},
    state = {},
    ports = {},
    specs = {},
    storage = {},
  }, M)
  self.secrets = run_secrets.new(self)
  return self
end

---Leadership as this run may rely on it: once false, false to its end.
---@return boolean
function M:is_leader()
  if self.leader ~= false then
    self.leader = models.is_leader(self.model, self.unit)
  end
  return self.leader
end

---Leadership as the controller has it now, for the commit.
---@return boolean
function M:leads_now()
  return models.is_leader(self.model, self.unit)
end

---@return string message of a commit without it
function M:lost_leadership()
  return ('checking leadership continuity: "%s" is not leader of "%s"')
    :format(self.unit.name, self.unit.application)
end

---@return table<string, any>
function M:config()
  self.cache.config = self.cache.config or configs.effective(self.application)
  return self.cache.config
end

-- Relations --------------------------------------------------------------

---@param text string "3" or "db:3"
---@return lab.Relation?
function M:relation(text)
  local id <const> = text:match("^[^:]*:(%d+)$") or text:match("^%d+$")
  local relation <const> = id and self.model.relations[id]
  return relation and self.unit.uniter.relations[id] and relation or nil
end

---The ids of an endpoint's relations; a broken one is not among them.
---@param endpoint string
---@return string[]
function M:relation_ids(endpoint)
  local ids <const> = {}
  for id in names.each(self.unit.uniter.relations) do
    local relation <const> = self.model.relations[id]
    local own = relation and relations.sides(relation, self.unit.application)
    local broken <const> =
      self.hook.kind == "relation-broken" and self.hook.relation == id
    if own and own.name == endpoint and not broken then
      ids[#ids + 1] = ("%s:%s"):format(endpoint, id)
    end
  end
  table.sort(ids)
  return ids
end

---The remote units this unit has been told of.
---@param relation lab.Relation
---@return string[]
function M:members(relation)
  local found <const>, hook <const> = {}, self.hook
  for name in names.each(self.unit.uniter.relations[relation.id].members) do
    found[name] = true
  end
  if hook.relation == relation.id and hook.kind == "relation-joined" then
    found[hook.remote_unit] = true
  elseif hook.relation == relation.id and hook.kind == "relation-departed" then
    found[hook.remote_unit] = nil
  end
  return names.sorted(found)
end

---May this unit read that databag?
---@param relation lab.Relation
---@param who string unit or application
---@return boolean
function M:may_read(relation, who)
  local own <const>, remote <const> =
    relations.sides(relation, self.unit.application)
  local app <const> = names.split_unit(who)
  if app then
    return who == self.unit.name or app == remote.application
  elseif who == own.application and own ~= remote then
    return self:is_leader()
  end
  return who == own.application or who == remote.application
end

local function copy(map)
  local new <const> = {}
  for key, value in pairs(map) do
    new[key] = value
  end
  return new
end

---A databag as this run sees it, or nil when there is none.
---@param relation lab.Relation
---@param who string unit or application
---@return table<string, string>?
function M:bag(relation, who)
  local key <const> = relation.id .. " " .. who
  if not self.cache[key] and relation.bags[who] then
    self.cache[key] = copy(relation.bags[who])
  end
  return self.cache[key]
end

---Buffers changes to the unit's own or its application's databag.
---@param relation lab.Relation
---@param who string
---@param changes table<string, string>
function M:set_bag(relation, who, changes)
  local seen <const> = self:bag(relation, who) or {}
  self.cache[relation.id .. " " .. who] = seen
  local key <const> = relation.id .. " " .. who
  local buffered <const> = self.bags[key]
    or { relation = relation.id, who = who, changes = {} }
  self.bags[key] = buffered
  for name, value in pairs(changes) do
    buffered.changes[name] = value
    seen[name] = value ~= "" and value or nil
  end
end

-- State and ports --------------------------------------------------------

---@return table<string, string>
function M:charm_state()
  local state <const> = copy(self.unit.state)
  for key, change in pairs(self.state) do
    state[key] = change.value
  end
  return state
end

---@param key string
---@param value string? nil deletes
function M:set_state(key, value)
  self.state[key] = { value = value }
end

---@return lab.Ports with what this run opened and closed
function M:opened_ports()
  return ports.changed(self.unit.ports, self.ports, self.application.charm)
end

-- The end of the run -----------------------------------------------------

local MAX_STATE <const> = 2 * 1024 * 1024

-- What may forbid the commit, all of it before anything is changed.
local function refusal(context)
  for _, buffered in names.each(context.bags) do
    local relation <const> = context.model.relations[buffered.relation]
    if relation and buffered.who == context.unit.application
      and not context:leads_now() then
      return context:lost_leadership()
    end
  end
  local size = 0
  for key, value in pairs(context:charm_state()) do
    size = size + #key + #value
  end
  if size > MAX_STATE then
    return ("max allowed size (%d) for charm state exceeded")
      :format(MAX_STATE)
  end
  if context.specs.spec and context.specs.raw then
    return "either k8s-spec-set or k8s-raw-set can be run for each "
      .. "application, but not both"
  end
  local charm <const> = context.application.charm
  return ports.refusal(context.ports, charm)
    or storages.refusal(context.unit.storage, charm, context.storage)
    or secret_commit.refusal(context.secrets)
end

---Everything the run buffered, at once or not at all.
---@return true?
---@return string? message
function M:commit()
  local message <const> = refusal(self)
  if message then
    return nil, message
  end
  for _, buffered in names.each(self.bags) do
    local relation <const> = self.model.relations[buffered.relation]
    if relation then
      relations.write(relation, buffered.who, buffered.changes)
    end
  end
  self.unit.state = self:charm_state()
  self.unit.ports = self:opened_ports()
  for kind, text in pairs(self.specs) do
    self.application.specs = self.application.specs or {}
    self.application.specs[kind] = text
  end
  for _, name in ipairs(self.storage) do
    storages.add(self.model, self.unit.storage, name)
  end
  secret_commit.commit(self.secrets)
  return true
end

return M
