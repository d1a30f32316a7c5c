-- SPDX-License-Identifier: Apache-2.0
-- The rules of the legacy `pgsql` interface as pure functions over databags:
-- what a client asks, when the server's answer is for it, what has changed.
local M = {}

---@class pgsql.Request what the client's leader asks for
---@field database string "" leaves the choice to the server
---@field roles string[]
---@field extensions string[] each `name` or `name:schema`

---@class pgsql.Entity
---@field name string of an application or unit
---@field data table<string, string> its databag

---@class pgsql.Seen digests of what a relation offered when last looked at
---@field master string?
---@field standbys string?

--- Joins names as the interface wants them: sorted, comma between.
---@param names string[]?
---@return string
function M.join(names)
  local sorted = table.move(names or {}, 1, #(names or {}), 1, {})
  table.sort(sorted)
  return table.concat(sorted, ",")
end

--- Splits a comma-joined value; blanks around the names do not count.
---@param text string?
---@return string[]
function M.split(text)
  local names = {}
  for word in (text or ""):gmatch("[^,]+") do
    local name = word:match("^%s*(.-)%s*$")
    if name ~= "" then
      table.insert(names, name)
    end
  end
  return names
end

--- The databag keys of a request.
---@param request pgsql.Request
---@return table<string, string>
function M.request_keys(request)
  return {
    database = request.database or "",
    roles = M.join(request.roles),
    extensions = M.join(request.extensions),
  }
end

local function is_subset(small, large)
  local known = {}
  for _, name in ipairs(large) do
    known[name] = true
  end
  for _, name in ipairs(small) do
    if not known[name] then
      return false
    end
  end
  return true
end

--- Whether the server's databag answers this request, for this unit.
---@param request pgsql.Request
---@param egress_subnets string? of this unit, as Juju wrote it
---@param theirs table<string, string>
---@return boolean
function M.answered(request, egress_subnets, theirs)
  local want = M.request_keys(request)
  if (theirs.roles or "") ~= want.roles
    or (theirs.extensions or "") ~= want.extensions then
    return false
  end
  if want.database ~= "" and theirs.database ~= want.database then
    return false
  end
  return is_subset(M.split(egress_subnets), M.split(theirs["allowed-subnets"]))
end

--- The first databag, by name, that answers the request and has the key. The
--- application ("postgresql") sorts before its units ("postgresql/0").
---@param entities pgsql.Entity[]
---@param request pgsql.Request
---@param egress_subnets string?
---@param key "master"|"standbys"
---@return string? value
---@return table<string, string>? databag it was found in
function M.find(entities, request, egress_subnets, key)
  local sorted = table.move(entities, 1, #entities, 1, {})
  table.sort(sorted, function(a, b)
    return a.name < b.name
  end)
  for _, entity in ipairs(sorted) do
    local value = entity.data[key]
    if value and value ~= ""
      and M.answered(request, egress_subnets, entity.data) then
      return value, entity.data
    end
  end
end

--- The events between two looks at a relation, in the interface's order.
---@param before pgsql.Seen
---@param now pgsql.Seen
---@return string[] names
function M.events(before, now)
  local names, any = {}, {}
  for _, kind in ipairs { "master", "standby" } do
    local key = kind == "master" and "master" or "standbys"
    local old, new = before[key], now[key]
    local happened = {
      available = not old and new ~= nil,
      changed = old ~= new,
      gone = old ~= nil and not new,
    }
    for _, what in ipairs { "available", "changed", "gone" } do
      if happened[what] then
        any[what] = true
        table.insert(names, kind .. "_" .. what)
      end
    end
  end
  any.gone = any.gone and not now.master and not now.standbys
  for _, what in ipairs { "available", "changed", "gone" } do
    if any[what] then
      table.insert(names, "database_" .. what)
    end
  end
  return names
end

return M
