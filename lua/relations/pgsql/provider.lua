-- SPDX-License-Identifier: Apache-2.0
-- The provider of `pgsql`: reads what clients ask, tells them where to
-- connect. Making roles and databases is the charm's own work.
local ops = require "ops"
local protocol = require "relations.pgsql.protocol"

---@class pgsql.Provider: ops.Object
---@field endpoint string
local Provider = ops.object "pgsql.Provider"

Provider.events = { "database_requested", "database_released" }

---@class pgsql.Demand what one relation asks for
---@field relation ops.Relation
---@field database string
---@field roles string[]
---@field extensions string[]

---@class pgsql.Offer
---@field conninfo pg.Conninfo
---@field version string

function Provider:init(endpoint)
  self.endpoint = endpoint
  local on = self.charm.on[endpoint]
  self:observe(on.relation_joined, self.on_relation_changed)
  self:observe(on.relation_changed, self.on_relation_changed)
  self:observe(on.relation_departed, self.on_relation_changed)
  self:observe(on.relation_broken, self.on_relation_broken)
end

function Provider:on_relation_changed(event)
  self.on.database_requested:emit { relation = event.relation }
end

function Provider:on_relation_broken(event)
  self.on.database_released:emit { relation = event.relation }
end

-- The application's databag counts before its units', those by name. Without
-- the key nothing has been asked yet.
local function requested(relation)
  local bags = { relation.app and relation.data[relation.app] }
  for _, unit in ipairs(relation.units) do
    table.insert(bags, relation.data[unit])
  end
  for _, bag in ipairs(bags) do
    if bag.database then
      return bag
    end
  end
end

--- What the relations of this endpoint ask for, those that have asked.
---@return pgsql.Demand[]
function Provider:requests()
  local list = {}
  for _, relation in ipairs(self.model.relations[self.endpoint]) do
    local bag = requested(relation)
    if bag then
      table.insert(list, {
        relation = relation,
        database = bag.database,
        roles = protocol.split(bag.roles),
        extensions = protocol.split(bag.extensions),
      })
    end
  end
  return list
end

--- The connection that a relation was told last, so that it can be kept.
---@param relation ops.Relation
---@return pg.Conninfo?
function Provider:published(relation)
  local master = relation.data[self.app].master
  return master and (ops.pg.conninfo.parse(master))
end

local function clients(relation)
  local units, subnets = {}, {}
  for _, unit in ipairs(relation.units) do
    table.insert(units, unit.name)
    for _, subnet in ipairs(protocol.split(
      relation.data[unit]["egress-subnets"])) do
      table.insert(subnets, subnet)
    end
  end
  return protocol.join(units), protocol.join(subnets)
end

--- Tells a relation where and as whom to connect. Leader only.
---@param demand pgsql.Demand
---@param offer pgsql.Offer
function Provider:publish(demand, offer)
  local relation, target = demand.relation, offer.conninfo
  local units, subnets = clients(relation)
  local keys = protocol.request_keys(demand)
  keys.database = target.dbname
  keys["allowed-units"] = units
  keys["allowed-subnets"] = subnets
  keys.host = target.host
  keys.port = target.port
  keys.user = target.user
  keys.password = target.password
  keys.version = offer.version
  keys.master = target:text()
  relation:update(self.app, keys)
  relation:update(self.unit, keys)
end

return { new = Provider.new }
