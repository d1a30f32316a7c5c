-- SPDX-License-Identifier: Apache-2.0
-- Which hook a secret causes for a unit, when the next is due, and what a
-- finished one leaves behind. Secrets live by the model's clock, which a
-- person can move (model-config clock-offset). Pure.
local duration = require "std.duration"
local models = require "lab.model"
local names = require "lab.names"
local rotation = require "lab.model.rotation"
local secrets = require "lab.model.secrets"

local M = {}

-- Until the hook runs again when the charm did not do what it is for.
local RETRY_DELAY <const> = 300

---The model's clock.
---@param model table
---@param now number the machine's
---@return number
function M.clock(model, now)
  return now + (duration.parse(models.setting(model, "clock-offset")) or 0)
end

local function hook(kind, secret, more)
  local made <const> =
    { kind = "secret-" .. kind, name = "secret-" .. kind, secret = secret.id }
  for key, value in pairs(more) do
    made[key] = value
  end
  return made
end

-- Those whose owner's hooks this unit runs: its own, its application's where
-- it leads.
local function each_managed(model, unit)
  local leads <const> = models.is_leader(model, unit)
  local found <const> = {}
  for id, secret in pairs(secrets.all(model)) do
    if secret.owner.id == unit.name
      or leads and secret.owner.id == unit.application then
      found[id] = secret
    end
  end
  return names.each(found)
end

-- The hook for a revision that stays comes again.
local function expires(revision)
  return revision.expire_again or revision.expire
end

local function expired(model, unit, now)
  for _, secret in each_managed(model, unit) do
    for number, revision in names.each(secret.revisions) do
      local at <const> = expires(revision)
      if at and at <= now then
        return hook("expired", secret, {
          revision = math.tointeger(tonumber(number)), label = secret.label,
        })
      end
    end
  end
end

local function rotate(model, unit, now)
  for _, secret in each_managed(model, unit) do
    if secret.next_rotate and secret.next_rotate <= now then
      return hook("rotate", secret,
        { label = secret.label, latest = secret.revision })
    end
  end
end

local function changed(model, unit)
  for _, secret in names.each(secrets.all(model)) do
    local consumer <const> = secret.consumers[unit.name]
    if consumer and consumer.revision < secret.revision
      and consumer.told < secret.revision then
      local label <const> = consumer.label
        or secrets.is_own(secret, unit) and secret.label or nil
      return hook("changed", secret, { label = label, latest = secret.revision })
    end
  end
end

local function is_tracked(secret, number)
  for _, consumer in pairs(secret.consumers) do
    if consumer.revision == number then
      return true
    end
  end
  return false
end

local function obsolete(model, unit)
  for _, secret in each_managed(model, unit) do
    for text, revision in names.each(secret.revisions) do
      local number <const> = math.tointeger(tonumber(text))
      if number < secret.revision and not revision.told
        and not is_tracked(secret, number) then
        return hook("remove", secret,
          { revision = number, label = secret.label })
      end
    end
  end
end

---The secret hook a unit is to run now.
---@param model table
---@param unit lab.Unit
---@param now number the machine's
---@return lab.Hook?
function M.next(model, unit, now)
  local clock <const> = M.clock(model, now)
  return expired(model, unit, clock) or rotate(model, unit, clock)
    or changed(model, unit) or obsolete(model, unit)
end

---When, by the machine's clock, time alone makes the next one due.
---@param model table
---@param unit lab.Unit
---@return number?
function M.due(model, unit)
  local soonest
  local function at(time)
    if time and (not soonest or time < soonest) then
      soonest = time
    end
  end
  for _, secret in each_managed(model, unit) do
    at(secret.next_rotate)
    for _, revision in pairs(secret.revisions) do
      at(expires(revision))
    end
  end
  return soonest and soonest - M.clock(model, 0)
end

local DONE <const> = {
  ["secret-expired"] = function(secret, _, done, now)
    local revision <const> = secret.revisions[tostring(done.revision)]
    local at <const> = revision and expires(revision)
    if at and at <= now then
      revision.expire_again = now + RETRY_DELAY
    end
  end,
  ["secret-rotate"] = function(secret, _, done, now)
    if not secret.next_rotate or secret.next_rotate > now then
      return -- the charm has set a policy anew
    end
    secret.next_rotate = secret.revision > done.latest
      and rotation.next(secret.rotate, now) or now + RETRY_DELAY
  end,
  ["secret-changed"] = function(secret, unit, done)
    local consumer <const> = secret.consumers[unit.name]
    if consumer then
      consumer.told = math.max(consumer.told, done.latest)
    end
  end,
  ["secret-remove"] = function(secret, _, done)
    local revision <const> = secret.revisions[tostring(done.revision)]
    if revision then
      revision.told = true
    end
  end,
}

---A secret hook has run to its good end.
---@param model table
---@param unit lab.Unit
---@param done lab.Hook
---@param now number the machine's
function M.done(model, unit, done, now)
  local secret <const> = secrets.all(model)[done.secret]
  if secret then
    DONE[done.kind](secret, unit, done, M.clock(model, now))
  end
end

return M
