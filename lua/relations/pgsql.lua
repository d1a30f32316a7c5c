-- SPDX-License-Identifier: Apache-2.0
-- The legacy `pgsql` interface, both sides, on Juju 3 and 4.
--   self.db = pgsql.client(self, "db")         self.db:master(), self.db.on.…
--   self.db = pgsql.provider(self, "db")       self.db:requests(), :publish()
local lazy = require "std.lazy"
local client = lazy "relations.pgsql.client"
local provider = lazy "relations.pgsql.provider"

local M = {}

---@return pgsql.Client
function M.client(...)
  return client.new(...)
end

---@return pgsql.Provider
function M.provider(...)
  return provider.new(...)
end

return M
