-- SPDX-License-Identifier: Apache-2.0
-- What Juju takes as actions.yaml: names, and parameters that are a JSON
-- schema (draft 4) without references.
local names = require "cli.charm.names"
local rules = require "std.rules"

local M = {}

local TYPE <const> = rules.one_of { "array", "boolean", "integer", "null",
  "number", "object", "string" }
local NUMBER <const> = { of = "any", test = function(value)
  return type(value) ~= "number" and "expected a number" or nil
end }

local function reference(key)
  return (key == "$ref" or key == "$schema")
    and ('Juju refuses "%s" in a schema'):format(key) or nil
end

-- Each name of `required` once.
local function once(list)
  local seen <const> = {}
  for _, name in ipairs(list) do
    if seen[name] then
      return ('"%s" is there twice'):format(name)
    end
    seen[name] = true
  end
end

local REQUIRED <const> = { of = { list = "string" }, test = once }
local SCHEMA <const> = { names = reference, fields = {
  type = { either = { { list = TYPE }, TYPE } },
  title = "string", description = "string", pattern = "string",
  format = "string",
  enum = { of = { list = "any" }, test = function(list)
    return #list == 0 and "it is empty" or nil
  end },
  minimum = NUMBER, maximum = NUMBER, multipleOf = NUMBER,
  exclusiveMinimum = "boolean", exclusiveMaximum = "boolean",
  uniqueItems = "boolean",
  minLength = "integer", maxLength = "integer",
  minItems = "integer", maxItems = "integer",
  minProperties = "integer", maxProperties = "integer",
  required = REQUIRED,
} }
local SCHEMAS <const> = { names = reference, each = SCHEMA }
SCHEMA.fields.properties = SCHEMAS
SCHEMA.fields.patternProperties = SCHEMAS
SCHEMA.fields.items = { either = { { list = SCHEMA }, SCHEMA } }
SCHEMA.fields.additionalProperties = { either = { "boolean", SCHEMA } }
SCHEMA.fields["not"] = SCHEMA
for _, word in ipairs { "allOf", "anyOf", "oneOf" } do
  SCHEMA.fields[word] = { list = SCHEMA }
end

M.RULES = { names = names.action, each = { null = true, of = {
  names = reference,
  fields = {
    title = "string",
    description = "string",
    parallel = "boolean",
    ["execution-group"] = "string",
    params = SCHEMAS,
    required = REQUIRED,
    additionalProperties = SCHEMA.fields.additionalProperties,
  },
} } }

---@param document cli.charm.Document
function M.check(document)
  document:check(M.RULES)
end

return M
