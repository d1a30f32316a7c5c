-- SPDX-License-Identifier: Apache-2.0
-- secret-get over a run's secrets: pending content, whose label it is, who may
-- read. Which revision a consumer tracks, and its label, are kept at once.
local base64 = require "std.base64"
local secrets = require "lab.model.secrets"

local M = {}

local function not_found(id)
  return ('secret "%s" not found'):format(id)
end

-- A content of this run: of a new secret always, of a changed one when the
-- newest is asked for.
local function pending(run, id, label, options)
  for added, add in pairs(run.adds) do
    if added == id or label and add.fields.label == label then
      add.fields.label = id and label or add.fields.label
      return add.fields.content
    end
  end
  if not options.refresh and not options.peek then
    return nil
  end
  for changed, fields in pairs(run.updates) do
    if changed == id or label and fields.label == label then
      if options.refresh then
        run.refreshed[changed] = true
      end
      return fields.content
    end
  end
end

-- The secret of the model, and the label the consumer gives it.
local function find(run, id, label)
  local model <const>, unit <const> = run.context.model, run.context.unit
  if id then
    local secret <const> = secrets.all(model)[id]
    if secret and secrets.is_own(secret, unit) then
      if label and run:managed(id) then
        secret.label = label
      end
      return secret
    end
    return secret, label
  end
  return secrets.owned(model, unit, label)
    or secrets.consumed(model, unit, label)
end

---@param run lab.RunSecrets
---@param id string?
---@param label string?
---@param options { refresh: boolean?, peek: boolean? }
---@return table<string, string>? base64 by key
---@return string? message
function M.get(run, id, label, options)
  local content <const> = pending(run, id, label, options)
  if content then
    return content
  end
  local context <const> = run.context
  local secret <const>, consumer_label <const> = find(run, id, label)
  if not secret and not id then
    return nil, ('consumer label "%s" not found'):format(label)
  elseif not secret or (run.removes[secret.id] or {}).all then
    return nil, not_found(id or label)
  elseif not secrets.may_read(context.model, secret, context.unit) then
    return nil, "permission denied"
  end
  local number <const> = secrets.consume(secret, context.unit, {
    refresh = options.refresh, peek = options.peek, label = consumer_label,
  })
  context.save()
  local revision <const> = secret.revisions[tostring(number)]
  if not revision then
    return nil, ('secret revision "%s/%d" not found'):format(secret.id, number)
  end
  return revision.content
end

---@param content table<string, string> base64 by key
---@return table<string, string>? text by key
---@return string? message
function M.decode(content)
  local found <const> = {}
  for key, value in pairs(content) do
    local text <const> = base64.decode(value)
    if not text then
      return nil, "illegal base64 data at input byte 0"
    end
    found[key] = text
  end
  return found
end

return M
