-- SPDX-License-Identifier: Apache-2.0
-- The server's side of the `temporal` interface. Its leader hands the
-- connections over; every unit hears of the answer by `schema_changed`.
local ops = require "ops"
local protocol = require "relations.temporal_admin.protocol"

---@class temporal_admin.Requirer: ops.Object
---@field endpoint string
---@field get_connection fun(): table<string, string>?
local Requirer = ops.object "temporal_admin.Requirer"

Requirer.events = { "schema_changed" }

-- One database serves both stores, each in a schema of its own.
local SCHEMAS <const> = { db = "public", visibility = "visibility" }

--- `get_connection` gives the database's connection, or nil.
function Requirer:init(endpoint, get_connection)
  self.endpoint = endpoint
  self.get_connection = get_connection
  local on = self.charm.on[endpoint]
  self:observe(on.relation_joined, self.on_relation_changed)
  self:observe(on.relation_changed, self.on_relation_changed)
  self:observe(self.charm.on.leader_elected, self.on_leader_elected)
end

local function connections(self)
  local conninfo = self.get_connection()
  return conninfo and protocol.connections(conninfo, SCHEMAS)
end

--- Whether the admin has set up the schema of the present database.
---@return boolean
function Requirer:schema_ready()
  local ours = connections(self)
  for _, relation in ipairs(self.model.relations[self.endpoint]) do
    if relation.app
      and protocol.is_ready(relation.data[relation.app], ours) then
      return true
    end
  end
  return false
end

--- Hands the present connection over, or takes the last one back, and tells
--- the charm whether the schema is ready. Call it when the database changed.
--- Without an admin charm nobody says anything new of a database that is there.
---@return boolean told whether the charm has been told
function Requirer:publish()
  local ours = connections(self)
  local relations = self.model.relations[self.endpoint]
  for _, relation in ipairs(relations) do
    if self.unit:is_leader() then
      relation.data[self.app][protocol.CONNECTIONS] =
        ours and protocol.encode(ours)
    end
  end
  local told = #relations > 0 or ours == nil
  if told then
    self.on.schema_changed:emit { schema_ready = self:schema_ready() }
  end
  return told
end

function Requirer:on_relation_changed()
  self:publish()
end

function Requirer:on_leader_elected()
  self:publish()
end

return { new = Requirer.new }
