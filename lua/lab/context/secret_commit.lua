-- SPDX-License-Identifier: Apache-2.0
-- The end of a run for its secrets: what forbids the commit, and the commit.
local names = require "lab.names"
local secrets = require "lab.model.secrets"

local M = {}

local function not_found(id)
  return ('secret "%s" not found'):format(id)
end

local function label_exists(label)
  return ('secret with label "%s" already exists'):format(label)
end

-- No other secret of the same owner has this label.
local function owns_label(run, id, fields)
  local secret <const> = secrets.all(run.context.model)[id]
  for _, other in pairs(secrets.all(run.context.model)) do
    if other ~= secret and other.owner.id == secret.owner.id
      and other.label == fields.label and not run.removes[other.id] then
      return false
    end
  end
  return true
end

---What forbids the commit.
---@param run lab.RunSecrets
---@return string? message
function M.refusal(run)
  local context <const> = run.context
  for _, add in pairs(run.adds) do
    if add.owner.kind == "application" and not context:leads_now() then
      return context:lost_leadership()
    end
  end
  for _, changes in ipairs { run.updates, run.removes } do
    for id in names.each(changes) do
      local secret <const> = secrets.all(context.model)[id]
      if not secret then
        return not_found(id)
      elseif not secrets.is_own(secret, context.unit) then
        return "permission denied"
      elseif secret.owner.kind == "application" and not context:leads_now() then
        return context:lost_leadership()
      end
    end
  end
  for id, fields in names.each(run.updates) do
    if fields.label and not owns_label(run, id, fields) then
      return label_exists(fields.label)
    end
  end
end

---All of it, after refusal() had nothing against it.
---@param run lab.RunSecrets
function M.commit(run)
  local model <const>, now <const> = run.context.model, run:now()
  for id, removed in pairs(run.removes) do
    secrets.remove(model, secrets.all(model)[id], removed.revisions)
  end
  for id, add in pairs(run.adds) do
    secrets.add(model, { id = id, owner = add.owner, fields = add.fields }, now)
  end
  for id, fields in pairs(run.updates) do
    local secret <const> = secrets.all(model)[id]
    secrets.update(secret, fields, now)
    if run.refreshed[id] then
      secrets.consume(secret, run.context.unit, { refresh = true })
    end
  end
  for id, secret in pairs(secrets.all(model)) do
    if secrets.is_own(secret, run.context.unit) then
      run:apply_access(id, secret)
    end
  end
end

return M
