-- SPDX-License-Identifier: Apache-2.0
-- Grows as its config says at `install`; then one key of the state is changed
-- at each update-status, deferred events wait on or end, and one relation is
-- looked at.
local ops = require "ops"

local Growth = ops.charm "growth"

Growth.events = { "piled" }

function Growth:init()
  self.state = ops.state(self, { lifetime = "unit" })
  self:observe(self.on.install, self.on_install)
  self:observe(self.on.piled, self.on_piled)
  self:observe(self.on.update_status, self.on_update_status)
  self:observe(self.on.db.relation_changed, self.on_db_relation_changed)
end

function Growth:on_install()
  for i = 1, self.config.keys do
    self.state["key_" .. i] = "value " .. i
  end
  for i = 1, self.config.deferred do
    self.on.piled:emit { number = i }
  end
end

function Growth:on_piled(event)
  if not self.config.drain then
    event:defer()
  end
end

function Growth:on_update_status()
  if self.config.keys > 0 then
    self.state.key_1 = "changed"
  end
end

function Growth:on_db_relation_changed(event)
  event.relation.data[self.unit].seen =
    event.relation.data[event.app].offer
end

return Growth
