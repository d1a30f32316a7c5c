-- SPDX-License-Identifier: Apache-2.0
-- Which endpoints of two applications a person means, and which fit. Pure.
local models = require "lab.model"
local names = require "lab.names"

local M = {}

local COUNTERPARTS <const> = { provider = "requirer", requirer = "provider" }

---"requirer:ep provider:ep", as Juju names a relation.
---@param endpoints table[]
---@return string
function M.key(endpoints)
  local parts <const> = {}
  for _, endpoint in ipairs(endpoints) do
    table.insert(parts, endpoint.role == "requirer" and 1 or #parts + 1,
      endpoint.application .. ":" .. endpoint.name)
  end
  return table.concat(parts, " ")
end

-- The endpoints of "app" or "app:endpoint" that can be related.
local function candidates(model, text)
  local app <const>, wanted <const> = text:match("^([^:]*):?(.*)$")
  local application, message = models.application(model, app)
  if not application then
    return nil, message
  end
  if wanted ~= "" and not application.charm.endpoints[wanted] then
    return nil, ('application "%s" has no "%s" relation'):format(app, wanted)
  end
  local found <const> = {}
  for name, endpoint in names.each(application.charm.endpoints) do
    if (wanted == "" or wanted == name) and endpoint.role ~= "peer" then
      found[#found + 1] = {
        application = app, name = name, role = endpoint.role,
        interface = endpoint.interface, limit = endpoint.limit,
      }
    end
  end
  return found
end

local function fitting(left, right)
  local pairs_found <const> = {}
  for _, a in ipairs(left) do
    for _, b in ipairs(right) do
      if a.interface == b.interface and COUNTERPARTS[a.role] == b.role then
        pairs_found[#pairs_found + 1] = { a, b }
      end
    end
  end
  return pairs_found
end

---The pairs of endpoints that two words of the command line can mean.
---@param model table
---@param first string "app" or "app:endpoint"
---@param second string
---@return table[][]?
---@return string? message
function M.possible(model, first, second)
  local left, left_why = candidates(model, first)
  if not left then
    return nil, left_why
  end
  local right, right_why = candidates(model, second)
  if not right then
    return nil, right_why
  end
  return fitting(left, right)
end

---The one of them; more than one is for the person to choose from.
---@param found table[][]
---@param first string
---@param second string
---@return table[]?
---@return string? message
function M.the_only(found, first, second)
  if #found == 1 then
    return found[1]
  end
  local keys <const> = {}
  for i, pair in ipairs(found) do
    keys[i] = ('"%s"'):format(M.key(pair))
  end
  table.sort(keys)
  return nil, ('ambiguous relation: "%s %s" could refer to %s')
    :format(first, second, table.concat(keys, "; "))
end

return M
