-- SPDX-License-Identifier: Apache-2.0
-- Specs of charms, state in and state out:
--
--   local testing = require "testing"
--   local ctx = testing.context { charm_root = "charm/temporal-k8s" }
--   local out = ctx:run("config_changed", { leader = true, config = {...} })
--   assert.same({ name = "active", message = "" }, out.unit_status)
local context = require "testing.context"

return { context = context.new }
