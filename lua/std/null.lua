-- SPDX-License-Identifier: Apache-2.0
-- The one null: JSON null, YAML null and SQL NULL alike. It is a value (true
-- in a condition!), so that a table can hold it; a missing key is nil.
-- Compare with ==.
local json = require "host.json"

---@class std.null: lightuserdata
local null <const> = json.decode("null")

return null
