-- SPDX-License-Identifier: Apache-2.0
-- The layers and the plan they make. A layer that would spoil the plan changes
-- nothing. Services follow when they are next started; checks at once.
local input = require "lab.supervisor.input"
local merge = require "lab.supervisor.plan.merge"
local order = require "lab.supervisor.plan.order"
local reply = require "lab.supervisor.reply"
local schema = require "lab.supervisor.plan.schema"
local validate = require "lab.supervisor.plan.validate"
local write = require "lab.supervisor.plan.yaml"
local yaml = require "std.yaml"

local M = {}
M.__index = M

---@class lab.supervisor.Plan
---@field layers { label: string, layer: lab.Layer }[] lowest first
---@field combined lab.Layer

---@param on_change fun() called after every change
---@return lab.supervisor.Plan
function M.new(on_change)
  return setmetatable({
    layers = {},
    combined = merge.combine {},
    on_change = on_change,
  }, M)
end

local function find(layers, label)
  for index, item in ipairs(layers) do
    if item.label == label then
      return index
    end
  end
end

-- A label "a/b" joins the others of its folder, as the last of them.
local function place_for(layers, label)
  local folder <const> = label:match("^([^/]+/)")
  local place = #layers + 1
  for index, item in ipairs(layers) do
    if folder and item.label:sub(1, #folder) == folder then
      place = index + 1
    end
  end
  return place
end

local function with_layer(layers, label, layer, combine)
  local result <const> = table.move(layers, 1, #layers, 1, {})
  local index <const> = find(layers, label)
  if index and not combine then
    return nil, ("layer %q already exists"):format(label)
  elseif index then
    local both, message = merge.add(layers[index].layer, layer)
    if not both then
      return nil, message
    end
    result[index] = { label = label, layer = both }
  else
    table.insert(result, place_for(result, label),
      { label = label, layer = layer })
  end
  return result
end

local function combine_all(layers)
  local list <const> = {}
  for index, item in ipairs(layers) do
    list[index] = item.layer
  end
  local plan, message = merge.combine(list)
  if not plan then
    return nil, message
  end
  local ok
  ok, message = validate.plan(plan)
  return ok and plan, message
end

---@param label string
---@param text string YAML
---@param combine boolean
---@return true? ok
---@return string? message
function M:add(label, text, combine)
  local where <const> = ("cannot parse layer YAML: cannot parse layer %q: "):format(label)
  local document, message = yaml.decode(text, { strings = true })
  if document == nil then
    return nil, where .. message
  end
  local layer
  layer, message = schema.read(document)
  if not layer then
    return nil, where .. message
  end
  local layers
  layers, message = with_layer(self.layers, label, layer, combine)
  if not layers then
    return nil, message
  end
  local combined
  combined, message = combine_all(layers)
  if not combined then
    return nil, message
  end
  self.layers, self.combined = layers, combined
  self.on_change()
  return true
end

---POST /v1/layers
function M:post(request)
  local body <const> = input.body(request)
  local label <const> = input.field(body, "label", "string") or ""
  local text <const> = input.field(body, "layer", "string") or ""
  local combine <const> = input.field(body, "combine", "boolean") or false
  if body.action ~= "add" then
    reply.refuse(400, ("invalid action %q"):format(tostring(body.action)))
  elseif body.format ~= "yaml" then
    reply.refuse(400, ("invalid format %q"):format(tostring(body.format)))
  elseif label == "" then
    reply.refuse(400, "label must be set")
  elseif label:find("^pebble%-") then
    reply.refuse(400, 'cannot use the reserved label prefix "pebble-"')
  end
  local ok, message = self:add(label, text, combine)
  if not ok then
    reply.refuse(400, message)
  end
  return reply.sync(true)
end

---GET /v1/plan
function M:get(request)
  if request.query.format ~= "yaml" then
    reply.refuse(400, ("invalid format %q")
      :format(request.query.format or ""))
  end
  return reply.sync(write.encode(self.combined))
end

---@param section string
---@return string[] names sorted
function M:names(section)
  return order.sorted_keys(self.combined[section])
end

return M
