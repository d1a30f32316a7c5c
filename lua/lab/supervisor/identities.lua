-- SPDX-License-Identifier: Apache-2.0
-- Identities: who has which access, by user id. They last as long as the
-- supervisor. Passwords are kept as they come and shown to nobody; as there is
-- no TCP here, nobody can use them. Certificates are refused.
local input = require "lab.supervisor.input"
local json = require "std.json"
local order = require "lab.supervisor.plan.order"
local reply = require "lab.supervisor.reply"

local M = {}
M.__index = M

local ACCESS <const> =
  { admin = true, read = true, metrics = true, untrusted = true }
local UID_MAX <const> = 4294967295

---@class lab.supervisor.Identity
---@field access "admin"|"read"|"metrics"|"untrusted"
---@field uid integer?
---@field password string?

---@class lab.supervisor.Identities
---@field by_name table<string, lab.supervisor.Identity>

---@return lab.supervisor.Identities
function M.new()
  return setmetatable({ by_name = {} }, M)
end

---@param uid integer
---@return string? access nil: there is no identity for that user
function M:access_of(uid)
  for _, identity in pairs(self.by_name) do
    if identity.uid == uid then
      return identity.access
    end
  end
end

local function refuse(...)
  reply.refuse(400, (...):format(select(2, ...)))
end

local function read(name, value)
  if not name:find("^%a[%w_-]*$") then
    refuse("identity name %q invalid: it must be a letter, and letters, "
      .. "digits, underscores and hyphens", name)
  end
  local access <const> = input.field(value, "access", "string") or ""
  local account <const> = input.field(value, "local", "object")
  local basic <const> = input.field(value, "basic", "object")
  local uid <const> = account and input.field(account, "user-id", "integer")
  local password <const> = basic
    and (input.field(basic, "password", "string") or "")
  if value.cert then
    refuse("cert identities are not supported by the lab's supervisor")
  elseif not ACCESS[access] then
    refuse('invalid access value %q, must be "admin", "read", "metrics" or '
      .. '"untrusted"', access)
  elseif account and (not uid or uid < 0 or uid > UID_MAX) then
    refuse("local identity must specify user-id")
  elseif password == "" then
    refuse("basic identity must specify password (hashed)")
  elseif not account and not basic then
    refuse('identity must have at least one type ("local" or "basic")')
  end
  return { access = access, uid = uid, password = password }
end

local function show(identity)
  return {
    access = identity.access,
    ["local"] = identity.uid and { ["user-id"] = identity.uid },
    basic = identity.password and { password = "*****" },
  }
end

---GET /v1/identities
function M:list()
  local map <const> = {}
  for name, identity in pairs(self.by_name) do
    map[name] = show(identity)
  end
  return reply.sync(map)
end

-- What each action wants: a value or null, and a name that is there or not.
local ACTIONS <const> = {
  add = { value = true, there = false },
  update = { value = true, there = true },
  replace = {},
  remove = { value = false, there = true },
}

-- The identities as they will be, or a refusal.
local function apply(self, action, changes)
  local result <const>, wrong <const> = {}, {}
  for name, identity in pairs(self.by_name) do
    result[name] = identity
  end
  for _, name in ipairs(order.sorted_keys(changes)) do
    if action.there ~= nil and action.there ~= (result[name] ~= nil) then
      wrong[#wrong + 1] = name
    end
    result[name] = changes[name] or nil
  end
  if #wrong > 0 then
    refuse("identities %s: %s", action.there and "do not exist"
      or "already exist", table.concat(wrong, ", "))
  end
  local users <const> = {}
  for _, name in ipairs(order.sorted_keys(result)) do
    local uid <const> = result[name].uid
    if uid and users[uid] then
      refuse("cannot have multiple identities with user ID %d (%s, %s)", uid,
        users[uid], name)
    elseif uid then
      users[uid] = name
    end
  end
  return result
end

---POST /v1/identities
function M:post(request)
  local body <const> = input.body(request, "identities")
  local word <const> = input.field(body, "action", "string") or ""
  local action <const> = ACTIONS[word]
    or refuse('invalid action %q, must be "add", "update", "replace", or '
      .. '"remove"', word)
  local changes <const> = {}
  for name, value in pairs(input.field(body, "identities", "object") or {}) do
    local is_null <const> = value == json.null
    if action.value ~= nil and action.value == is_null then
      refuse("identity value for %q must %s for %s operation", name,
        is_null and "not be null" or "be null", word)
    elseif not is_null and (type(value) ~= "table" or json.is_array(value)) then
      refuse("identity %q is no object", name)
    end
    changes[name] = not is_null and read(name, value)
  end
  self.by_name = apply(self, action, changes)
  return reply.sync(nil)
end

return M
