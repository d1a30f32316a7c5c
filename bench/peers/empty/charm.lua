-- SPDX-License-Identifier: Apache-2.0
-- A charm that observes nothing.
local ops = require "ops"

return ops.charm "empty"
