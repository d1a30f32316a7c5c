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

local function show(verb, field, args, about)
  return {
    args = args,
    about = about,
    flags = { { "format", default = "yaml" } },
    least = 1,
    run = function(options, words)
      local found, message = client.call {
        verb = verb, model = options.model, [field] = words[1],
      }
      if not found then
        return nil, message
      end
      local ok, why = texts.write(options.format, found)
      return ok and 0, why, 2
    end,
  }
end

M["show-unit"] = show("show-unit", "unit", "UNIT",
  "show one unit, and where its charm can be edited")
M["show-application"] = show("show-application", "application", "APPLICATION",
  "show one application")

return M
