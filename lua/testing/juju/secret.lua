-- SPDX-License-Identifier: Apache-2.0
-- secret-* in specs: what is tracked and what is newest, owners, grants. A
-- change of a secret that is not ours fails when the hook ends, as in Juju.
local base64 = require "std.base64"
local fs = require "host.fs"
local json = require "std.json"
local time = require "std.time"
local words = require "testing.juju.words"

local M = {}

local UPSERT <const> = {
  label = "value", description = "value", expire = "value",
  rotate = "value", owner = "value", file = "value",
}

-- "secret://uuid/x", "secret:x" and "x" are one.
local function bare(id)
  return id:gsub("^secret:", ""):match "[^/]*$"
end

local function by_id(juju, id)
  for i, secret in ipairs(juju.buffered.secrets) do
    if bare(secret.id) == bare(id) then
      return secret, i
    end
  end
end

local function by_label(juju, label)
  for _, secret in ipairs(juju.buffered.secrets) do
    if secret.label == label then
      return secret
    end
  end
end

-- May this unit change it? The application's is the leader's.
local function is_managed(juju, secret)
  return secret and (secret.owner == "unit"
    or secret.owner == "app" and juju.leader)
end

local function content_of(args, first)
  local content
  for i = first, #args do
    local key, value = args[i]:match "^([^=]+)=(.+)$"
    if not key then
      return nil, ('key value "%s" not valid'):format(args[i]), 2
    end
    local name, form = key:match "^(.-)#(%w+)$"
    if form == "base64" then
      value = base64.decode(value) or value
    elseif form == "file" then
      value = assert(fs.read(value))
    end
    content = content or {}
    content[name or key] = value
  end
  return content
end

local function describe(secret, flags)
  secret.label = flags.label or secret.label
  secret.description = flags.description or secret.description
  secret.rotate = flags.rotate or secret.rotate
  secret.expire = flags.expire and time.parse_rfc3339(flags.expire)
    or secret.expire
end

M["secret-add"] = {
  flags = UPSERT,
  run = function(juju, args)
    local content, why, code = content_of(args, 1)
    local owner = args.flags.owner == "unit" and "unit" or "app"
    if not content then
      return nil, why or "missing secret value or filename", code or 2
    elseif owner == "app" and not juju.leader then
      return nil, "this unit is not the leader"
    elseif args.flags.label and by_label(juju, args.flags.label) then
      return nil, ('secret with label "%s" already exists')
        :format(args.flags.label)
    end
    local list = juju.buffered.secrets
    local secret = {
      id = ("secret:added%015d"):format(#list + 1), owner = owner,
      tracked_content = content, latest_content = content,
      revision = 1, remote_grants = {},
    }
    describe(secret, args.flags)
    list[#list + 1] = secret
    return secret.id .. "\n"
  end,
}

-- What Juju would find only when it commits.
local function managed(juju, args)
  if not args[1] then
    return nil, "missing secret URI", 2
  end
  local secret, place = by_id(juju, args[1])
  if not is_managed(juju, secret) then
    juju.commit_error = ('secret "%s" not found'):format(bare(args[1]))
    return nil
  end
  return secret, place
end

local function equal(a, b)
  return json.encode(a) == json.encode(b)
end

M["secret-set"] = {
  flags = UPSERT,
  run = function(juju, args)
    local secret, why, code = managed(juju, args)
    if not secret then
      return not why and "" or nil, why, code
    end
    local content, wrong, number = content_of(args, 2)
    if wrong then
      return nil, wrong, number
    end
    describe(secret, args.flags)
    if content and not equal(content, secret.latest_content) then
      secret.latest_content = content
      secret.revision = secret.revision + 1
    end
    return ""
  end,
}

local function find(juju, args)
  local label = args.flags.label
  if args.flags.peek and args.flags.refresh then
    return nil, "specify one of --peek or --refresh but not both", 2
  elseif not args[1] and not label then
    return nil, "require either a secret URI or label", 2
  end
  local secret = args[1] and by_id(juju, args[1])
    or not args[1] and by_label(juju, label)
  if not secret then
    return nil, args[1] and ('secret "%s" not found'):format(bare(args[1]))
      or ('consumer label "%s" not found'):format(label)
  elseif not secret.owner and secret.granted == false then
    return nil, "permission denied"
  end
  secret.label = label or secret.label
  return secret
end

M["secret-get"] = {
  flags = { label = "value", peek = "flag", refresh = "flag" },
  run = function(juju, args)
    local secret, why, code = find(juju, args)
    if not secret then
      return nil, why, code
    elseif args.flags.refresh then
      secret.tracked_content = secret.latest_content
    end
    local content = args.flags.peek and secret.latest_content
      or secret.tracked_content
    local key, form = (args[2] or ""):match "^([^#]*)#?(%w*)$"
    if key == "" then
      return words.json(content)
    elseif not content[key] then
      return nil, ('secret key value "%s" not found'):format(key)
    end
    return words.json(form == "base64" and base64.encode(content[key])
      or content[key])
  end,
}

local OWNERS <const> = { app = "application", unit = "unit" }

M["secret-info-get"] = {
  flags = { label = "value" },
  run = function(juju, args)
    local name = args[1] or args.flags.label
    local secret = args[1] and by_id(juju, args[1])
      or not args[1] and by_label(juju, name)
    if not is_managed(juju, secret) then
      return nil, ('secret "%s" not found'):format(tostring(name))
    end
    return words.json { [bare(secret.id)] = {
      revision = secret.revision,
      label = secret.label or "",
      owner = OWNERS[secret.owner],
      description = secret.description,
      rotation = secret.rotate or "never",
      expiry = secret.expire and time.rfc3339(secret.expire),
    } }
  end,
}

M["secret-ids"] = {
  run = function(juju)
    local ids
    for _, secret in ipairs(juju.buffered.secrets) do
      if is_managed(juju, secret) then
        ids = ids or json.array {}
        ids[#ids + 1] = bare(secret.id)
      end
    end
    return ids and words.json(ids) or "null\n"
  end,
}

local function grantee(juju, args)
  local id = math.tointeger((args.flags.relation or ""):match "%d+$")
  for _, relation in ipairs(juju.buffered.relations) do
    if relation.id == id then
      return id, args.flags.unit or relation.remote_app_name or juju.app
    end
  end
  return nil, "no relation id specified", 2
end

local function without(list, item)
  local kept = {}
  for _, each in ipairs(list or {}) do
    if each ~= item then
      kept[#kept + 1] = each
    end
  end
  return kept
end

local function grant_tool(give)
  return {
    flags = { relation = "value", unit = "value", app = "value" },
    run = function(juju, args)
      local secret = managed(juju, args)
      local id, name, code = grantee(juju, args)
      if not id then
        return nil, name, code
      elseif secret then
        local grants = without(secret.remote_grants[id], name)
        grants[#grants + 1] = give and name or nil
        secret.remote_grants[id] = #grants > 0 and grants or nil
      end
      return ""
    end,
  }
end

M["secret-grant"] = grant_tool(true)
M["secret-revoke"] = grant_tool(false)

M["secret-remove"] = {
  flags = { revision = "value" },
  run = function(juju, args)
    local secret, place, code = managed(juju, args)
    if not secret then
      return not place and "" or nil, place, code
    end
    local revision = math.tointeger(tonumber(args.flags.revision))
    if revision then
      table.insert(juju.buffered.removed_secret_revisions, revision)
    else
      table.remove(juju.buffered.secrets, place)
    end
    return ""
  end,
}

return M
