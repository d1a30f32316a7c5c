-- SPDX-License-Identifier: Apache-2.0
-- What a unit is to run, or why it cannot, from config and relations alone.
-- Pure. A server whose database or schema is gone is to be stopped; one with a
-- mistake in its config runs on as it was.
local settings = require "temporal.settings"

local M = {}

---@class temporal.Facts
---@field config table<string, any>
---@field connection temporal.Connection?
---@field schema_ready boolean
---@field served { place: string, shards: integer }? the last database served

---@class temporal.Refusal
---@field message string of a blocked status
---@field stop boolean whether a running server must go

local SHARDS_CHANGED <const> = "value of 'num-history-shards' config cannot "
  .. "be changed after deployment. Value should be %d"

--- Names a database without user and password.
---@param connection temporal.Connection
---@return string
function M.place(connection)
  return ("%s@%s:%s"):format(connection.dbname, connection.host,
    connection.port)
end

local function refusal(message, stop)
  return nil, { message = message, stop = stop }
end

--- Checks the facts in the order of the original: config, database, schema.
---@param facts temporal.Facts
---@return { settings: temporal.Settings, connection: temporal.Connection }?
---@return temporal.Refusal?
function M.check(facts)
  local checked, why = settings.read(facts.config)
  local connection, served = facts.connection, facts.served
  if not checked then
    return refusal(why, connection == nil)
  elseif not connection then
    return refusal("db:pgsql relation: no database connection available", true)
  elseif served and served.place == M.place(connection)
    and served.shards ~= checked.shards then
    return refusal(SHARDS_CHANGED:format(served.shards), false)
  elseif not facts.schema_ready then
    return refusal("admin:temporal relation: schema is not ready", true)
  end
  return { settings = checked, connection = connection }
end

return M
