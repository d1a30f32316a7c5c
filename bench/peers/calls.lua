-- SPDX-License-Identifier: Apache-2.0
-- Asks a hook tool as often as the first argument says.
local leader = require "juju.leader"

for _ = 1, math.tointeger(tonumber((...))) do
  assert(leader.is_leader())
end
