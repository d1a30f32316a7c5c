-- SPDX-License-Identifier: Apache-2.0
-- Verbs about relations.
local relations = require "lab.model.relations"

local M = {}

local function changed(controller, call, change)
  local world, message = controller:world(call)
  if not world then
    return nil, message
  end
  local relation, why = change(world.model, call.first, call.second)
  if not relation then
    return nil, why
  end
  world:save()
  return { id = relation.id, key = relations.key(relation.endpoints) }
end

M.relate = function(controller, call)
  return changed(controller, call, relations.relate)
end

M["remove-relation"] = function(controller, call)
  return changed(controller, call, relations.remove)
end

return M
