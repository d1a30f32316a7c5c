-- SPDX-License-Identifier: Apache-2.0
-- Relations (relation-ids, -list, -get, -set, -model-get). A relation is
-- named as Juju does, "db:3". A relation that is gone is an error whose
-- data.reason is "not-found".
local lazy = require "std.lazy"
local document = lazy "juju.document"
local failure = lazy "juju.failure"
local tool = require "juju.tool"

local M = {}

---@class juju.RelationSide
---@field app? boolean the application's data rather than a unit's

--- The relations of an endpoint, without those that are breaking.
---@param endpoint string
---@return integer[]? ids sorted
---@return std.Error? err
function M.ids(endpoint)
  local labels, err = tool.read("relation-ids", { endpoint, "--format=json" },
    "table", ("list the relations of %s"):format(endpoint))
  if err then
    return nil, err
  end
  local ids = {}
  for _, label in ipairs(labels or {}) do
    ids[#ids + 1] = math.tointeger(tonumber(label:match("%d+$")))
  end
  table.sort(ids)
  return ids
end

--- The remote units.
---@param relation string
---@return string[]?
---@return std.Error? err
function M.list(relation)
  local units, err = tool.read("relation-list",
    { "--format=json", "-r", relation }, "table",
    ("list the units of the relation %s"):format(relation))
  if err then
    return nil, err
  end
  return units or {}
end

--- The remote application.
---@param relation string
---@return string? nil without error where Juju knows none
---@return std.Error? err
function M.app(relation)
  return tool.read("relation-list",
    { "--format=json", "-r", relation, "--app" }, "string",
    ("find the application of the relation %s"):format(relation))
end

local function databag_of(relation, entity, side)
  if side and side.app then
    return { "--format=json", "-r", relation, "--app", "-", entity }
  end
  return { "--format=json", "-r", relation, "-", entity }
end

--- Lets the agent fetch what M.get will be asked for.
---@param relation string
---@param entity string
---@param side? juju.RelationSide
function M.get_ahead(relation, entity, side)
  tool.ask_ahead("relation-get", databag_of(relation, entity, side))
end

--- What a unit or an application has written.
---@param relation string
---@param entity string
---@param side? juju.RelationSide
---@return table<string, string>?
---@return std.Error? err
function M.get(relation, entity, side)
  local data, err = tool.read("relation-get",
    databag_of(relation, entity, side), "table",
    ("read the databag of %s in %s"):format(entity, relation))
  if err then
    return nil, err
  end
  return data or {}
end

--- Writes own data. "" deletes a key; other keys stay.
---@param relation string
---@param changes table<string, string>
---@param side? juju.RelationSide
---@return true?
---@return std.Error? err
function M.set(relation, changes, side)
  local app = side and side.app
  local tried = ("write the databag of this %s in %s"):format(
    app and "application" or "unit", relation)
  local text, why = document.encode(changes)
  if not text then
    return nil, failure.new("relation-set", tried, why, "usage")
  elseif text == "" then
    return true
  end
  local args = { "-r", relation }
  if app then
    args[#args + 1] = "--app"
  end
  args[#args + 1] = "--file"
  args[#args + 1] = "-"
  local out, err = tool.call("relation-set", args,
    { stdin = text, tried = tried })
  return out and true, err
end

--- The uuid of the model at the other side (Juju 3.6 and later).
---@param relation string
---@return string?
---@return std.Error? err
function M.model_uuid(relation)
  local model, err = tool.read("relation-model-get",
    { "--format=json", "-r", relation }, "table",
    ("find the model of the relation %s"):format(relation))
  return model and model.uuid, err
end

return M
