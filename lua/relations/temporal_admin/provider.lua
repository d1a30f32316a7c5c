-- SPDX-License-Identifier: Apache-2.0
-- The admin tools' side of the `temporal` interface.
local ops = require "ops"
local protocol = require "relations.temporal_admin.protocol"

---@class temporal_admin.Provider: ops.Object
---@field endpoint string
local Provider = ops.object "temporal_admin.Provider"

Provider.events = { "connections_changed" }

---@class temporal_admin.Client one related server
---@field relation ops.Relation
---@field connections temporal_admin.Connections? nil before it has any
---@field fault string? what is wrong with its databag

function Provider:init(endpoint)
  self.endpoint = endpoint
  local on = self.charm.on[endpoint]
  self:observe(on.relation_joined, self.on_relation_event)
  self:observe(on.relation_changed, self.on_relation_event)
  self:observe(on.relation_broken, self.on_relation_event)
end

function Provider:on_relation_event(event)
  self.on.connections_changed:emit { relation = event.relation }
end

--- The related servers with the connections they handed over.
---@return temporal_admin.Client[]
function Provider:clients()
  local list = {}
  for _, relation in ipairs(self.model.relations[self.endpoint]) do
    local text = relation.app
      and relation.data[relation.app][protocol.CONNECTIONS]
    local connections, fault = protocol.decode(text)
    table.insert(list, {
      relation = relation,
      connections = connections,
      fault = fault,
    })
  end
  return list
end

--- Tells a server that the schema of its databases is set up. Leader only.
---@param client temporal_admin.Client
function Provider:set_ready(client)
  client.relation:update(self.app, {
    [protocol.STATUS] = protocol.READY,
    [protocol.DATABASES] = protocol.databases(client.connections),
  })
end

--- Takes that back. Leader only.
---@param client temporal_admin.Client
function Provider:set_not_ready(client)
  local bag = client.relation.data[self.app]
  bag[protocol.STATUS] = nil
  bag[protocol.DATABASES] = nil
end

return { new = Provider.new }
