-- SPDX-License-Identifier: Apache-2.0
-- Secrets: owners, labels, revisions, who may read and which revision each
-- consumer tracks. Contents are kept as base64, as Juju keeps them. Which hook
-- a secret causes is in lab.model.secret_events. Pure.
local names = require "lab.names"
local relations = require "lab.model.relations"
local rotation = require "lab.model.rotation"

local M = {}

---@class lab.Secret
---@field id string
---@field owner { kind: "application"|"unit", id: string }
---@field label string?
---@field description string?
---@field rotate string? the policy
---@field next_rotate number?
---@field revision integer the latest one
---@field revisions table<string, lab.SecretRevision>
---@field consumers table<string, lab.SecretConsumer> by unit
---@field access table<string, lab.SecretAccess>

---@class lab.SecretRevision
---@field content table<string, string> base64 by key
---@field expire number?
---@field expire_again number? its hook has run, and it is still there
---@field told boolean? its owner was told that nobody uses it

---@class lab.SecretConsumer
---@field revision integer tracked
---@field told integer the latest one its hook was about
---@field label string?

---@class lab.SecretAccess
---@field target string unit or application
---@field relation string its id

---@class lab.SecretFields
---@field label string?
---@field description string?
---@field rotate string?
---@field expire number?
---@field content table<string, string>?

---@param model table
---@return table<string, lab.Secret>
function M.all(model)
  model.secrets = model.secrets or {} -- of a lab that had none
  return model.secrets
end

local function same(left, right)
  for key, value in pairs(left) do
    if right[key] ~= value then
      return false
    end
  end
  for key in pairs(right) do
    if left[key] == nil then
      return false
    end
  end
  return true
end

local function set_fields(secret, fields, now)
  secret.label = fields.label or secret.label
  secret.description = fields.description or secret.description
  if fields.rotate then
    secret.rotate = fields.rotate
    secret.next_rotate = rotation.next(fields.rotate, now)
  end
  local latest <const> = secret.revisions[tostring(secret.revision)]
  if fields.content and not (latest and same(latest.content, fields.content))
  then
    secret.revision = secret.revision + 1
    secret.revisions[tostring(secret.revision)] =
      { content = fields.content, expire = fields.expire }
  elseif fields.expire and latest then
    latest.expire, latest.expire_again = fields.expire, nil
  end
end

---@param model table
---@param options { id: string, owner: table, fields: lab.SecretFields }
---@param now number
---@return lab.Secret
function M.add(model, options, now)
  local secret <const> = {
    id = options.id, owner = options.owner, revision = 0, revisions = {},
    consumers = {}, access = {},
  }
  set_fields(secret, options.fields, now)
  M.all(model)[options.id] = secret
  return secret
end

---A content that is the latest already makes no revision.
---@param secret lab.Secret
---@param fields lab.SecretFields
---@param now number
function M.update(secret, fields, now)
  set_fields(secret, fields, now)
end

---Removes revisions, or all of it; without revisions it is gone.
---@param model table
---@param secret lab.Secret
---@param revisions integer[]?
function M.remove(model, secret, revisions)
  for _, number in ipairs(revisions or {}) do
    secret.revisions[tostring(number)] = nil
  end
  if not revisions or not next(secret.revisions) then
    M.all(model)[secret.id] = nil
  end
end

---Is it of this unit, or of its application?
---@param secret lab.Secret
---@param unit lab.Unit
---@return boolean
function M.is_own(secret, unit)
  return secret.owner.id == unit.name
    or secret.owner.id == unit.application
end

---The unit's or its application's secret with an owner's label.
---@param model table
---@param unit lab.Unit
---@param label string
---@return lab.Secret?
function M.owned(model, unit, label)
  for _, secret in names.each(M.all(model)) do
    if secret.label == label and M.is_own(secret, unit) then
      return secret
    end
  end
end

---The secret that a unit has given a label of its own.
---@param model table
---@param unit lab.Unit
---@param label string
---@return lab.Secret?
function M.consumed(model, unit, label)
  for _, secret in names.each(M.all(model)) do
    local consumer <const> = secret.consumers[unit.name]
    if consumer and consumer.label == label then
      return secret
    end
  end
end

---@param model table
---@param secret lab.Secret
---@param unit lab.Unit
---@return boolean
function M.may_read(model, secret, unit)
  if M.is_own(secret, unit) then
    return true
  end
  for _, access in pairs(secret.access) do
    if (access.target == unit.name or access.target == unit.application)
      and model.relations[access.relation] then
      return true
    end
  end
  return false
end

---The revision a unit gets; what it tracks from now on is kept.
---@param secret lab.Secret
---@param unit lab.Unit
---@param options { refresh: boolean?, peek: boolean?, label: string? }
---@return integer revision
function M.consume(secret, unit, options)
  local consumer = secret.consumers[unit.name]
  local refresh <const> = options.refresh or not consumer and not options.peek
  if refresh or consumer and options.label then
    consumer = consumer or { revision = secret.revision, told = 0 }
    secret.consumers[unit.name] = consumer
    consumer.label = options.label or consumer.label
    if refresh then
      consumer.revision, consumer.told = secret.revision, secret.revision
    end
  end
  return options.peek and secret.revision or consumer.revision
end

local function access_key(target, relation)
  return target .. " " .. relation
end

---@param secret lab.Secret
---@param target string unit or application
---@param relation string its id
function M.grant(secret, target, relation)
  secret.access[access_key(target, relation)] =
    { target = target, relation = relation }
end

---@param secret lab.Secret
---@param target string
function M.revoke(secret, target)
  for key, access in pairs(secret.access) do
    if access.target == target then
      secret.access[key] = nil
    end
  end
end

---Juju's tags for an access: whom, by which relation.
---@param model table
---@param access lab.SecretAccess
---@return string target
---@return string scope
function M.tags(model, access)
  local relation <const> = model.relations[access.relation]
  local kind <const> = names.split_unit(access.target) and "unit-"
    or "application-"
  local scope <const> = relation and relations.key(relation.endpoints)
    or access.relation
  return kind .. access.target:gsub("/", "-"),
    "relation-" .. scope:gsub(":", "."):gsub(" ", "#")
end

---Forgets what was a unit's, an application's or a relation's that is gone:
---its own secrets, what it consumed, what it was granted or granted by.
---@param model table
function M.sweep(model)
  for id, secret in pairs(M.all(model)) do
    local home <const> = secret.owner.kind == "unit" and model.units
      or model.applications
    if not home[secret.owner.id] then
      model.secrets[id] = nil
    end
    for unit in pairs(secret.consumers) do
      if not model.units[unit] then
        secret.consumers[unit] = nil
      end
    end
    for key, access in pairs(secret.access) do
      if not model.relations[access.relation] then
        secret.access[key] = nil
      end
    end
  end
end

return M
