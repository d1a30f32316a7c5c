-- SPDX-License-Identifier: Apache-2.0
-- A secret. app:add_secret{...} and unit:add_secret{...} make one,
-- model:get_secret{ id = …, label = … } finds one. A secret that is not there
-- raises "secret-not-found", one that may not be read "secret-access".
local errors = require "std.error"
local general_must = require "ops.must"
local juju_secret = require "juju.secret"
local security = require "ops.security"
local sys = require "host.sys"
local version = require "ops.version"

local M = {}

---@class ops.Secret
---@field id? string what others are told: "secret:…"
---@field label? string the charm's own name for it
---@field unique_identifier? string the last part of the id
local Secret = {}
Secret.__name = "ops.Secret"

-- secret -> its content, beside it so that nobody prints it by accident
local contents <const> = setmetatable({}, { __mode = "k" })

local KINDS <const> = {
  ["not-found"] = {
    kind = "secret-not-found",
  },
  permission = {
    kind = "secret-access",
    hint = "its owner lets this application read it: secret:grant(relation)",
  },
}

-- Raises with a kind that tells what a charm can do about it.
local function must(value, err)
  local known = value == nil and errors.is(err, "hook-tool")
    and KINDS[err.data.reason]
  if not known then
    return general_must(value, err)
  elseif err.data.reason == "permission" then
    security.denied(err.data.tool, tostring(err))
  end
  return errors.raise {
    kind = known.kind,
    tried = err.tried,
    happened = err.happened,
    hint = known.hint,
    cause = err,
    data = err.data,
  }
end

---"x" -> "secret:x"; what has its prefix stays.
---@param id string
---@return string
function M.canonical_id(id)
  id = id:match "^%s*(.-)%s*$"
  return id:find "^secret:" and id or "secret:" .. id
end

function Secret.__index(self, key)
  if key == "unique_identifier" then
    return self.id and self.id:gsub("^secret:", ""):match "[^/]*$"
  end
  return Secret[key]
end

function Secret.__eq(a, b)
  if a.id and b.id then
    return a.unique_identifier == b.unique_identifier
  end
  return a.label ~= nil and a.label == b.label
end

---Never its content.
---@return string
function Secret:__tostring()
  return ("<secret %s>"):format(self.id or ("'%s'"):format(self.label))
end

---The content of the revision that is tracked, kept for this dispatch. With
---`refresh` the newest, which is tracked from now on.
---@param options? {refresh?: boolean}
---@return table<string, string> content a copy
function Secret:get_content(options)
  local refresh = options and options.refresh
  if refresh or not contents[self] then
    contents[self] = must(juju_secret.get(self, { refresh = refresh }))
  end
  local copy = {}
  for key, value in pairs(contents[self]) do
    copy[key] = value
  end
  return copy
end

---The newest content; what is tracked stays.
---@return table<string, string>
function Secret:peek_content()
  return must(juju_secret.get(self, { peek = true }))
end

---What only the owner may know.
---@return juju.SecretInfo
function Secret:get_info()
  local info = must(juju_secret.info(self))
  info.id = M.canonical_id(info.id)
  return info
end

-- What changes a secret takes its id alone.
local function id_of(self)
  self.id = self.id or self:get_info().id
  return self.id
end

---@class ops.SecretOptions
---@field label? string
---@field description? string
---@field expire? number|string seconds since 1970, or RFC 3339
---@field expire_after? number seconds from now
---@field rotate? "never"|"hourly"|"daily"|"weekly"|"monthly"|"quarterly"|"yearly"

local ROTATIONS <const> = {}
for _, name in ipairs(juju_secret.ROTATIONS) do
  ROTATIONS[name] = true
end

---@param options? ops.SecretOptions
---@param tried string
---@return juju.SecretFields
function M.fields(options, tried)
  options = options or {}
  if options.rotate and not ROTATIONS[options.rotate] then
    errors.raise {
      kind = "secret-rotation",
      tried = tried,
      happened = ("'%s' is no rotation"):format(tostring(options.rotate)),
      hint = "there are: " .. table.concat(juju_secret.ROTATIONS, ", "),
    }
  end
  return {
    label = options.label,
    description = options.description,
    expire = options.expire
      or options.expire_after and sys.time() + options.expire_after,
    rotate = options.rotate,
  }
end

-- Before Juju 3.6 a second change in one hook undid the first: then all that
-- is known is said again.
local function complete(self, fields)
  if self.model.juju_version >= version.parse "3.6" then
    return fields
  end
  local info = self:get_info()
  return {
    content = fields.content or self:peek_content(),
    label = fields.label or info.label,
    description = fields.description or info.description,
    expire = fields.expire or info.expires,
    rotate = fields.rotate or info.rotation,
  }
end

---A new revision. Who tracks the secret gets secret_changed.
---@param content table<string, string>
function Secret:set_content(content)
  must(juju_secret.set(id_of(self), complete(self, { content = content })))
end

---@param options ops.SecretOptions at least one
function Secret:set_info(options)
  local fields = M.fields(options, "change " .. tostring(self))
  if next(fields) == nil then
    error("cannot change a secret: give label, description, expire or rotate",
      2)
  end
  must(juju_secret.set(id_of(self), complete(self, fields)))
  self.label = fields.label or self.label
end

local function scope_of(relation, options)
  local unit = options and options.unit
  return { relation = relation.id, unit = unit and unit.name }
end

---Lets the other side of a relation read it, or one unit there.
---@param relation ops.Relation
---@param options? {unit?: ops.Unit}
function Secret:grant(relation, options)
  must(juju_secret.grant(id_of(self), scope_of(relation, options)))
end

---@param relation ops.Relation
---@param options? {unit?: ops.Unit}
function Secret:revoke(relation, options)
  must(juju_secret.revoke(id_of(self), scope_of(relation, options)))
end

---@param revision integer
function Secret:remove_revision(revision)
  must(juju_secret.remove(id_of(self), revision))
end

function Secret:remove_all_revisions()
  must(juju_secret.remove(id_of(self)))
end

---@param model ops.Model
---@param owner "application"|"unit"
---@param content table<string, string>
---@param options? ops.SecretOptions
---@return ops.Secret
function M.add(model, owner, content, options)
  local fields = M.fields(options, "add a secret")
  fields.content, fields.owner = content, owner
  local id = must(juju_secret.add(fields))
  return M.new(model, { id = id, label = fields.label })
end

---Finds a secret, and reads it: a wrong name is known at once.
---@param model ops.Model
---@param name string|{id?: string, label?: string}
---@return ops.Secret
function M.get(model, name)
  name = type(name) == "string" and { id = name } or name
  if not name.id and not name.label then
    error("cannot get a secret: give an id, a label, or both", 3)
  end
  local self = M.new(model, name)
  self:get_content()
  return self
end

---A secret that is known by name; nothing is asked of Juju.
---@param model ops.Model
---@param name {id?: string, label?: string}
---@return ops.Secret
function M.new(model, name)
  local self = setmetatable({
    model = model,
    id = name.id and M.canonical_id(name.id),
    label = name.label,
  }, Secret)
  model.refs[self] = { kind = "secret", value = { id = self.id,
    label = self.label } }
  return self
end

return M
