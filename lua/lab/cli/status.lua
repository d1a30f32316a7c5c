-- SPDX-License-Identifier: Apache-2.0
-- status and show-unit: Juju's tables, or YAML and JSON.
local client = require "lab.cli.client"
local tables = require "lab.cli.tables"
local texts = require "lab.cli.texts"

local M = {}

local function run(options)
  local status, message =
    client.call { verb = "status", model = options.model }
  if not status then
    return nil, message
  end
  if options.format == "tabular" then
    io.stdout:write(tables.text(status, options.relations))
    return 0
  end
  local ok, why = texts.write(options.format, status)
  return ok and 0, why, 2
end

M.status = {
  args = "[--relations] [--format tabular|yaml|json]",
  about = "show applications, units and relations",
  flags = {
    { "relations", "integrations", bool = true },
    { "format", default = "tabular" }, { "color", bool = true },
  },
  run = run,
}

M["show-unit"] = {
  args = "UNIT",
  about = "show one unit, and where its charm can be edited",
  flags = { { "format", default = "yaml" } },
  least = 1,
  run = function(options, args)
    local unit, message = client.call {
      verb = "show-unit", model = options.model, unit = args[1],
    }
    if not unit then
      return nil, message
    end
    local ok, why = texts.write(options.format, unit)
    return ok and 0, why, 2
  end,
}

return M
