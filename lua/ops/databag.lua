-- SPDX-License-Identifier: Apache-2.0
-- One side's data in a relation: bag.key reads, bag.key = "text" writes, nil
-- and "" delete, pairs(bag) goes over it sorted. Read at most once; what a
-- handler wrote goes out at commit, in one call and only if it differs.
local lazy = require "std.lazy"
local errors = require "std.error"
local juju_relation = lazy "juju.relation"
local log = require "ops.log"
local must = require "ops.must"
local names = require "ops.names"
local null = require "std.null"
local security = lazy "ops.security"

local M = {}

---@class ops.DatabagCore
---@field relation ops.Relation
---@field entity ops.Unit|ops.App
---@field committed? table<string, string>
---@field current? table<string, string>

-- bag -> its core; a bag itself is empty, so that every key is free.
local cores <const> = setmetatable({}, { __mode = "k" })

local function where(core)
  return ("the databag of %s in %s"):format(core.entity.name,
    core.relation:label())
end

local function refuse_access(tool, tried, happened, hint)
  security.denied(tool, ("cannot %s: %s"):format(tried, happened))
  errors.raise {
    kind = "relation-data-access",
    tried = tried,
    happened = happened,
    hint = hint,
  }
end

local function check_read(core)
  local app = core.entity
  if app.is_own and app.is_app and not core.relation.is_peer
    and not core.relation.model.unit:is_leader() then
    refuse_access("relation-get", "read " .. where(core),
      "this unit is not the leader, and only the leader reads its own "
      .. "application's data in a relation to another application",
      "keep what every unit needs in ops.state with the lifetime 'app'")
  end
end

local function check_write(core, key)
  local tried = ("set %s in %s"):format(tostring(key), where(core))
  local entity = core.entity
  if not entity.is_own then
    refuse_access("relation-set", tried, "it belongs to " .. (entity.is_app
      and "another application" or "another unit"),
      "a unit writes its own data, the leader also its application's")
  elseif entity.is_app and not core.relation.model.unit:is_leader() then
    refuse_access("relation-set", tried, "this unit is not the leader",
      "ask self.unit:is_leader() first")
  end
end

local function kind_of(value)
  local kind = math.type(value) or type(value)
  return (kind == "integer" and "an " or "a ") .. kind
end

local function check_text(core, what, key, value)
  if type(value) == "string" and utf8.len(value) then
    return
  end
  errors.raise {
    kind = "relation-data-type",
    tried = ("set %s in %s"):format(tostring(key), where(core)),
    happened = type(value) == "string"
      and ("the %s is not UTF-8 text"):format(what)
      or ("the %s is %s; relation data are strings")
        :format(what, kind_of(value)),
    hint = type(value) == "string" and "encode bytes, as base64 for example"
      or "encode it: ops.json.encode(value)",
  }
end

-- A relation that is gone, or broken and no more readable, has no data.
local function tolerate(core, err)
  local reason = errors.is(err, "hook-tool") and err.data.reason
  return reason == "not-found"
    or reason == "permission" and not core.relation.active
end

local function load(core)
  if not core.current then
    check_read(core)
    local data, err = juju_relation.get(core.relation:label(),
      core.entity.name, { app = core.entity.is_app })
    if data == nil and err ~= nil and not tolerate(core, err) then
      error(err, 0)
    end
    core.committed, core.current = data or {}, {}
    for key, value in pairs(core.committed) do
      core.current[key] = value
    end
  end
  return core.current
end

local Databag = {}
Databag.__name = "ops.Databag"

function Databag.__index(bag, key)
  return load(cores[bag])[key]
end

function Databag.__newindex(bag, key, value)
  local core = cores[bag]
  if value == nil or value == null then
    value = ""
  end
  check_text(core, "key", key, key)
  check_text(core, "value", key, value)
  check_write(core, key)
  load(core)[key] = value ~= "" and value or nil
end

function Databag.__pairs(bag)
  local current = load(cores[bag])
  local keys, i = names.sorted_keys(current), 0
  return function()
    i = i + 1
    return keys[i], current[keys[i]]
  end
end

---@param relation ops.Relation
---@param entity ops.Unit|ops.App
---@return table<string, string> bag
function M.new(relation, entity)
  local bag = setmetatable({}, Databag)
  cores[bag] = { relation = relation, entity = entity }
  return bag
end

---@param bag table
---@return table<string, string>? changed "" for a key that is gone
function M.changes(bag)
  local core = cores[bag]
  if not core.current then
    return nil
  end
  local changed = {}
  for key, value in pairs(core.current) do
    if core.committed[key] ~= value then
      changed[key] = value
    end
  end
  for key in pairs(core.committed) do
    if core.current[key] == nil then
      changed[key] = ""
    end
  end
  return next(changed) and changed or nil
end

---Sends what changed.
---@param bag table
function M.commit(bag)
  local core, changed = cores[bag], M.changes(bag)
  if not changed then
    return
  end
  local label = core.relation:label()
  local ok, err = juju_relation.set(label, changed,
    { app = core.entity.is_app })
  if ok == nil and tolerate(core, err) then
    -- A deferred event may come after its relation: not to be retried for ever.
    log.warning("dropping what was written to %s: the relation is gone", label)
  else
    must(ok, err)
  end
end

return M
