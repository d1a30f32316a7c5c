-- SPDX-License-Identifier: Apache-2.0
-- Secrets (secret-add, -set, -get, -info-get, -ids, -grant, -revoke, -remove;
-- Juju 3 and later). A content never stands in the arguments of a process.
-- Points in time are seconds since 1970.
local lazy = require "std.lazy"
local base64 = require "std.base64"
local contents = require "juju.secret_content"
local failure = lazy "juju.failure"
local time = require "std.time"
local tool = require "juju.tool"

local M = {}

M.ROTATIONS = {
  "never", "hourly", "daily", "weekly", "monthly", "quarterly", "yearly",
}

---@class juju.SecretFields
---@field content? table<string, string>
---@field label? string
---@field description? string
---@field expire? number|string a point in time, or Juju's own text for one
---@field rotate? string one of ROTATIONS
---@field owner? "application"|"unit"

---@class juju.SecretName
---@field id? string
---@field label? string

---@class juju.SecretInfo
---@field id string bare
---@field revision integer
---@field owner? string
---@field label? string
---@field description? string
---@field rotation? string
---@field expires? number
---@field rotates? number
---@field access? {target: string, scope: string, role: string}[]

local function named(name)
  return name.id or ("with the label '%s'"):format(tostring(name.label))
end

local function push_options(args, fields)
  local expire = fields.expire
  if type(expire) == "number" then
    expire = time.rfc3339(expire)
  end
  for _, option in ipairs {
    { "--label", fields.label }, { "--description", fields.description },
    { "--expire", expire }, { "--rotate", fields.rotate },
    { "--owner", fields.owner },
  } do
    if option[2] then
      args[#args + 1] = option[1]
      args[#args + 1] = option[2]
    end
  end
end

-- An id may come from another charm: it must not pass for an option.
local function push_id(args, id)
  if id then
    args[#args + 1] = "--"
    args[#args + 1] = id
  end
end

-- secret-add and secret-set, which differ in the id alone.
local function upsert(name, tried, id, fields)
  local args = {}
  push_options(args, fields)
  push_id(args, id)
  if not fields.content then
    return tool.call(name, args, { tried = tried })
  end
  local refusal = contents.refusal(fields.content)
  if refusal then
    return nil, failure.new(name, tried, refusal, "usage")
  end
  local content <close>, message = contents.new(fields.content)
  if not content then
    return nil, failure.new(name, tried, message, "failed")
  end
  table.move(content.args, 1, #content.args, #args + 1, args)
  return tool.call(name, args, { tried = tried })
end

--- A new secret. Its id holds at once, the rest with the hook's end.
---@param fields juju.SecretFields `content` at least
---@return string? id
---@return std.Error? err
function M.add(fields)
  local tried = fields.label and ("add the secret '%s'"):format(fields.label)
    or "add a secret"
  local id, err = upsert("secret-add", tried, nil, {
    content = fields.content or {},
    label = fields.label,
    description = fields.description,
    expire = fields.expire,
    rotate = fields.rotate,
    owner = fields.owner or "application",
  })
  return id and id:match "^%s*(.-)%s*$", err
end

--- Changes what is given; a content makes a new revision.
---@param id string
---@param fields juju.SecretFields
---@return true?
---@return std.Error? err
function M.set(id, fields)
  local out, err = upsert("secret-set", "change the secret " .. id, id, fields)
  return out and true, err
end

local function push_name(args, name)
  if name.label then
    args[#args + 1] = "--label"
    args[#args + 1] = name.label
  end
  push_id(args, name.id)
end

local function content_args(name, options)
  local args = { "--format=json" }
  if options and options.refresh then
    args[#args + 1] = "--refresh"
  elseif options and options.peek then
    args[#args + 1] = "--peek"
  end
  push_name(args, name)
  return args
end

--- The content of the revision that is tracked; with `refresh` of the newest,
--- tracked from now on; with `peek` of the newest. An id with a label gives
--- the secret that label. Bytes that are no text are read by `get_bytes`.
---@param name juju.SecretName
---@param options? {refresh?: boolean, peek?: boolean}
---@return table<string, string>?
---@return std.Error? err
function M.get(name, options)
  return tool.read("secret-get", content_args(name, options), "table",
    "read the secret " .. named(name))
end

--- One value, whatever bytes it holds.
---@param id string
---@param key string
---@param options? {refresh?: boolean, peek?: boolean}
---@return string?
---@return std.Error? err
function M.get_bytes(id, key, options)
  local tried <const> = ("read '%s' of the secret %s"):format(key, id)
  local args = content_args({ id = id }, options)
  args[#args + 1] = key .. "#base64"
  local text, err = tool.read("secret-get", args, "string", tried)
  if not text then
    return nil, err
  end
  local bytes, why = base64.decode(text)
  return bytes, not bytes and failure.new("secret-get", tried, why, "failed")
    or nil
end

local function info_of(id, found)
  return {
    id = id,
    revision = found.revision,
    owner = found.owner,
    label = found.label,
    description = found.description,
    rotation = found.rotation,
    expires = found.expiry and time.parse_rfc3339(found.expiry),
    rotates = found.rotates and time.parse_rfc3339(found.rotates),
    access = found.access,
  }
end

--- What is known of a secret of our own.
---@param name juju.SecretName the id is taken if there are both
---@return juju.SecretInfo?
---@return std.Error? err
function M.info(name)
  local args = { "--format=json" }
  push_name(args, { id = name.id, label = not name.id and name.label or nil })
  local tried <const> = "look at the secret " .. named(name)
  local found, err = tool.read("secret-info-get", args, "table", tried)
  if not found then
    return nil, err
  end
  local id, info = next(found)
  if type(info) ~= "table" then
    return nil, failure.new("secret-info-get", tried,
      "Juju tells nothing of it", "not-found")
  end
  return info_of(id, info)
end

--- Our own secrets.
---@return string[]? ids bare, sorted
---@return std.Error? err
function M.ids()
  local ids, err = tool.read("secret-ids", { "--format=json" }, "table",
    "list the secrets")
  if err then
    return nil, err
  end
  ids = ids or {}
  table.sort(ids)
  return ids
end

---@class juju.SecretScope
---@field relation? integer
---@field unit? string that one alone
---@field app? string for revoke

local function scope_call(name, tried, id, scope)
  local args = {}
  if scope.relation then
    args[1], args[2] = "--relation", tostring(scope.relation)
  end
  if scope.app then
    table.move({ "--app", scope.app }, 1, 2, #args + 1, args)
  end
  if scope.unit then
    table.move({ "--unit", scope.unit }, 1, 2, #args + 1, args)
  end
  push_id(args, id)
  local out, err = tool.call(name, args, { tried = tried .. id })
  return out and true, err
end

--- Lets the other side of a relation read the secret.
---@param id string
---@param scope juju.SecretScope
---@return true?
---@return std.Error? err
function M.grant(id, scope)
  return scope_call("secret-grant", "grant the secret ", id, scope)
end

---@param id string
---@param scope juju.SecretScope
---@return true?
---@return std.Error? err
function M.revoke(id, scope)
  return scope_call("secret-revoke", "revoke the secret ", id, scope)
end

--- Removes a revision, or all of the secret.
---@param id string
---@param revision? integer
---@return true?
---@return std.Error? err
function M.remove(id, revision)
  local args = revision and { "--revision", tostring(revision) } or {}
  push_id(args, id)
  local out, err = tool.call("secret-remove", args,
    { tried = "remove the secret " .. id })
  return out and true, err
end

return M
