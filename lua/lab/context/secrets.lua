-- SPDX-License-Identifier: Apache-2.0
-- The secrets of one run: what its tools added, changed, removed, granted and
-- revoked, buffered until the commit (lab.context.secret_commit); what they
-- read is in lab.context.secret_read. lab.context owns one.
local names = require "lab.names"
local secret_events = require "lab.model.secret_events"
local secrets = require "lab.model.secrets"
local sys = require "host.sys"

local M = {}
M.__index = M

local NOT_LEADER <const> = "this unit is not the leader"
local DIGITS <const> = "0123456789abcdefghijklmnopqrstuv"

---@param context lab.Context
---@return lab.RunSecrets
function M.new(context)
  ---@class lab.RunSecrets
  local self <const> = {
    context = context, adds = {}, updates = {}, removes = {}, grants = {},
    revokes = {}, refreshed = {},
  }
  return setmetatable(self, M)
end

-- Twenty digits of 32, as Juju's identifiers have them.
local function new_id()
  return (sys.random(20):gsub(".", function(char)
    local digit <const> = char:byte() % 32 + 1
    return DIGITS:sub(digit, digit)
  end))
end

local function not_found(id)
  return ('secret "%s" not found'):format(id)
end

function M:now()
  return secret_events.clock(self.context.model, self.context.now())
end

-- A secret of the model that this unit may know of: its own and, where it
-- leads, its application's.
function M:managed(id)
  local secret <const> = secrets.all(self.context.model)[id]
  if secret and secrets.is_own(secret, self.context.unit)
    and (secret.owner.kind == "unit" or self.context:is_leader()) then
    return secret
  end
end

local function label_taken(self, label, owner)
  for _, add in pairs(self.adds) do
    if add.fields.label == label and add.owner.id == owner.id then
      return true
    end
  end
  for _, secret in pairs(secrets.all(self.context.model)) do
    if secret.label == label and secret.owner.id == owner.id
      and not self.removes[secret.id] then
      return true
    end
  end
  return false
end

local function label_exists(label)
  return ('secret with label "%s" already exists'):format(label)
end

---@param kind "application"|"unit"
---@param fields lab.SecretFields
---@return string? id it holds at once
---@return string? message
function M:add(kind, fields)
  local unit <const> = self.context.unit
  local owner <const> =
    { kind = kind, id = kind == "unit" and unit.name or unit.application }
  if kind == "application" and not self.context:is_leader() then
    return nil, NOT_LEADER
  elseif fields.label and label_taken(self, fields.label, owner) then
    return nil, label_exists(fields.label)
  end
  local id <const> = new_id()
  self.adds[id] = { owner = owner, fields = fields }
  return id
end

-- A secret that the unit knows to be its application's is the leader's.
local function leadership(self, id)
  local secret <const> = secrets.all(self.context.model)[id]
  if secret and secret.owner.id == self.context.unit.application
    and not self.context:is_leader() then
    return NOT_LEADER
  end
end

---@param id string
---@param fields lab.SecretFields
---@return true?
---@return string? message
function M:set(id, fields)
  local refused <const> = leadership(self, id)
  if refused then
    return nil, refused
  elseif not next(fields) then
    return true
  end
  self.removes[id] = nil
  local into = self.adds[id] and self.adds[id].fields or self.updates[id]
  if not into then
    into = {}
    self.updates[id] = into
  end
  for key, value in pairs(fields) do
    into[key] = value
  end
  return true
end

---A pending change goes with it, even when a revision alone is removed: so it
---is with Juju's agent.
---@param id string
---@param revision integer? all of it without one
---@return true?
---@return string? message
function M:remove(id, revision)
  local refused <const> = leadership(self, id)
  if refused then
    return nil, refused
  end
  local removed = self.removes[id]
  if self.adds[id] then
    self.adds[id] = nil
  elseif not revision then
    self.removes[id] = { all = true }
  elseif not removed then
    self.removes[id] = { revisions = { revision } }
  elseif not removed.all then
    table.insert(removed.revisions, revision)
  end
  self.updates[id] = nil
  return true
end

---What is known of the secrets this unit manages, pending changes included.
---@return table<string, table> by id
function M:metadata()
  local found <const> = {}
  for id, secret in pairs(secrets.all(self.context.model)) do
    if self:managed(id) and not self.removes[id] then
      local update <const> = self.updates[id] or {}
      local latest <const> = secret.revisions[tostring(secret.revision)] or {}
      found[id] = {
        owner = secret.owner, revision = secret.revision,
        label = update.label or secret.label,
        description = update.description or secret.description,
        rotate = update.rotate or secret.rotate,
        expire = update.expire or latest.expire,
        next_rotate = secret.next_rotate, access = secret.access,
      }
    end
  end
  for id, add in pairs(self.adds) do
    found[id] = {
      owner = add.owner, revision = 1, label = add.fields.label,
      description = add.fields.description, rotate = add.fields.rotate,
      expire = add.fields.expire, access = {},
    }
  end
  for id, about in pairs(found) do
    about.access = self:access(id, about.access)
  end
  return found
end

---The grants of a secret as this run leaves them, sorted.
---@param id string
---@param held table<string, lab.SecretAccess>
---@return lab.SecretAccess[]
function M:access(id, held)
  local probe <const> = { access = {} }
  for key, access in pairs(held) do
    probe.access[key] = access
  end
  self:apply_access(id, probe)
  local found <const> = {}
  for _, access in names.each(probe.access) do
    found[#found + 1] = access
  end
  return found
end

function M:apply_access(id, secret)
  for _, grant in ipairs(self.grants) do
    if grant.id == id then
      secrets.grant(secret, grant.target, grant.relation)
    end
  end
  for _, revoke in ipairs(self.revokes) do
    if revoke.id == id then
      secrets.revoke(secret, revoke.target)
    end
  end
end

---@param id string
---@param target { app: string, unit: string?, relation: string }
---@return true?
---@return string? message
function M:grant(id, target)
  local about <const> = self:metadata()[id]
  if not about then
    local refused <const> = leadership(self, id)
    return nil, refused or not_found(id)
  end
  local wanted <const> = target.unit or target.app
  for _, access in ipairs(about.access) do
    if access.relation == target.relation then
      if access.target == wanted or access.target == target.app then
        return true
      elseif not target.unit then
        return nil, "any unit level grants need to be revoked before granting "
          .. "access to the corresponding application"
      end
    end
  end
  table.insert(self.grants,
    { id = id, target = wanted, relation = target.relation })
  return true
end

---@param id string
---@param target string unit or application
---@return true?
---@return string? message
function M:revoke(id, target)
  local refused <const> = leadership(self, id)
  if refused then
    return nil, refused
  end
  table.insert(self.revokes, { id = id, target = target })
  return true
end

return M
