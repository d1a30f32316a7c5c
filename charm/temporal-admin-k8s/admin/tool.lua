-- SPDX-License-Identifier: Apache-2.0
-- temporal-sql-tool: its command lines, pure, and running them. The password
-- goes into the environment of the one process that needs it, never into an
-- argument list, where everybody on the node could read it.
local ops = require "ops"

local M = {}

local ROOT <const> = "/etc/temporal/schema/postgresql/v96"
-- The tool must not be killed in the middle of a version, which it could not
-- take up again; a run takes a second. This is for a tool that hangs.
local TIMEOUT <const> = 1800

--- The arguments for one step.
---@param connection temporal_admin.Connection
---@param ... string the step and its own arguments
---@return string[] argv
function M.command(connection, ...)
  local argv = {
    "temporal-sql-tool", "--plugin", "postgres",
    "--endpoint", connection.host, "--port", connection.port,
    "--user", connection.user, "--database", connection.dbname,
  }
  local schema = connection.schema or "public"
  if schema ~= "public" then
    table.insert(argv, "--connect-attributes")
    table.insert(argv, "search_path=" .. schema)
  end
  if connection.tls then
    table.insert(argv, "--tls")
    table.insert(argv, "--tls-disable-host-verification")
  end
  return table.move({ ... }, 1, select("#", ...), #argv + 1, argv)
end

--- The two steps that make or update one store's schema.
---@param connection temporal_admin.Connection
---@param store temporal_schema.Store
---@return string[][] argvs
function M.commands(connection, store)
  return {
    M.command(connection, "setup-schema", "-v", "0.0"),
    M.command(connection, "update-schema", "-d",
      ("%s/%s/versioned"):format(ROOT, store.directory)),
  }
end

-- The tool writes lines with colours; the message is what counts.
local function last_lines(text)
  local plain = text:gsub("\27%[[%d;]*m", "")
  return plain:sub(-600)
end

--- Runs the steps one after the other.
---@param container ops.Container
---@param connection temporal_admin.Connection
---@param store temporal_schema.Store
---@param verbose boolean whether all output goes to the log
---@return boolean done
---@return string? output of the step that failed
function M.run(container, connection, store, verbose)
  for _, argv in ipairs(M.commands(connection, store)) do
    local process = container:exec(argv, {
      environment = { SQL_PASSWORD = connection.password },
      timeout = TIMEOUT,
      combine_stderr = true,
    })
    local ok, output = pcall(process.wait_output, process)
    if not ok and not ops.errors.is(output, "pebble-exec") then
      error(output, 0)
    end
    local text = last_lines(ok and output or output.data.stdout or "")
    if not ok then
      return false, text
    elseif verbose then
      ops.log.debug("%s", text)
    end
  end
  return true
end

return M
