-- SPDX-License-Identifier: Apache-2.0
-- Identities: who may do what with this Pebble (since 1.15). An identity is a
-- table as Pebble has it: { access = "read", ["local"] = { ["user-id"] = 5 } };
-- kinds that are new to this client are handed through.
local null = require "std.null"

local M = {}

local PATH <const> = "/v1/identities"
local SINCE <const> = "1.15"

---@class pebble.Identity
---@field access "admin"|"read"|"metrics"|"untrusted"
---@field local? {["user-id"]: integer}
---@field basic? {password: string} its hash; read back as "*****"
---@field cert? {pem: string} read back as "*****"

---@param client pebble.Client
---@return table<string, pebble.Identity>? by name
---@return std.Error? err
function M.list(client)
  return client:get {
    tried = "list the identities",
    path = PATH,
    since = SINCE,
  }
end

local function names_of(identities)
  local names = {}
  for name in pairs(identities) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local function post(client, action, identities)
  local result, err = client:post {
    tried = ("%s the identities %s"):format(action, names_of(identities)),
    path = PATH,
    body = { action = action, identities = identities },
    since = SINCE,
  }
  if not result then
    return nil, err
  end
  return true
end

---None of the names may be there.
---@param client pebble.Client
---@param identities table<string, pebble.Identity>
---@return true?
---@return std.Error? err
function M.add(client, identities)
  return post(client, "add", identities)
end

---All of the names must be there.
---@param client pebble.Client
---@param identities table<string, pebble.Identity>
---@return true?
---@return std.Error? err
function M.update(client, identities)
  return post(client, "update", identities)
end

---Adds or changes; a name with null goes, if it is there.
---@param client pebble.Client
---@param identities table<string, pebble.Identity|userdata>
---@return true?
---@return std.Error? err
function M.replace(client, identities)
  return post(client, "replace", identities)
end

---All of the names must be there.
---@param client pebble.Client
---@param names string[]
---@return true?
---@return std.Error? err
function M.remove(client, names)
  local identities = {}
  for _, name in ipairs(names) do
    identities[name] = null
  end
  return post(client, "remove", identities)
end

return M
