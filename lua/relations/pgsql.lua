-- SPDX-License-Identifier: Apache-2.0
-- The legacy `pgsql` interface, both sides, on Juju 3 and 4.
--   self.db = pgsql.client(self, "db")         self.db:master(), self.db.on.…
--   self.db = pgsql.provider(self, "db")       self.db:requests(), :publish()
local client = require "relations.pgsql.client"
local provider = require "relations.pgsql.provider"

local M = {}

M.client = client.new
M.provider = provider.new

return M
