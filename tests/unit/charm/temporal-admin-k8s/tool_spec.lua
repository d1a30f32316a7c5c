-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/temporal-admin-k8s/?.lua;" .. package.path
local errors = require "std.error"
local schema = require "relations.temporal_schema"
local tool = require "admin.tool"

local CONNECTION <const> = { host = "h", port = "5432", user = "u",
  password = "s3cret", dbname = "temporal-k8s" }

local function connection(changes)
  local all = {}
  for _, fields in ipairs { CONNECTION, changes or {} } do
    for key, value in pairs(fields) do
      all[key] = value
    end
  end
  return all
end

-- A container that notes what it is asked to run.
local function container(outputs)
  local runs = {}
  return {
    exec = function(_, argv, options)
      table.insert(runs, { argv = argv, options = options })
      return {
        wait_output = function()
          local output = outputs[#runs]
          if type(output) == "table" then
            errors.raise { kind = output.kind, tried = "run the tool",
              data = { stdout = output.text } }
          end
          return output
        end,
      }
    end,
  }, runs
end

describe("the schema tool", function()
  it("sets up, then updates from the store's folder", function()
    local commands = tool.commands(connection { schema = "public" },
      schema.STORES.db)
    assert.equal("temporal-sql-tool --plugin postgres --endpoint h --port 5432 "
      .. "--user u --database temporal-k8s setup-schema -v 0.0",
      table.concat(commands[1], " "))
    assert.equal("temporal-sql-tool --plugin postgres --endpoint h --port 5432 "
      .. "--user u --database temporal-k8s update-schema -d "
      .. "/etc/temporal/schema/postgresql/v96/temporal/versioned",
      table.concat(commands[2], " "))
  end)

  it("works in the store's own schema", function()
    local command = tool.commands(connection { schema = "visibility" },
      schema.STORES.visibility)[1]
    assert.is_truthy(table.concat(command, " "):find(
      "--connect-attributes search_path=visibility setup-schema", 1, true))
  end)

  it("encrypts when the connection demands it", function()
    local command = tool.command(connection { tls = true }, "setup-schema")
    assert.is_truthy(table.concat(command, " "):find(
      "--tls --tls-disable-host-verification setup-schema", 1, true))
  end)

  it("gets the password in its environment, never in its arguments", function()
    local fake, runs = container { "", "" }
    assert.is_true(tool.run(fake, connection(), schema.STORES.db, false))
    assert.equal(2, #runs)
    for _, run in ipairs(runs) do
      assert.same({ SQL_PASSWORD = "s3cret" }, run.options.environment)
      assert.is_nil(table.concat(run.argv, " "):find("s3cret", 1, true))
    end
  end)

  it("that fails is not followed by its next step", function()
    local fake, runs = container { { kind = "pebble-exec",
      text = "\27[31mERROR\27[0m pq: nope" } }
    local done, output = tool.run(fake, connection(), schema.STORES.db, false)
    assert.is_false(done)
    assert.equal("ERROR pq: nope", output)
    assert.equal(1, #runs)
  end)

  it("that cannot be run at all raises", function()
    local fake = container { { kind = "pebble-connection" } }
    assert.has_error(function()
      tool.run(fake, connection(), schema.STORES.db, false)
    end)
  end)
end)
