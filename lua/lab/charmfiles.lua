-- SPDX-License-Identifier: Apache-2.0
-- A charm's YAML files, read and checked by the rules of `charmhost pack`, but
-- leniently: what is null is as good as absent, and a charm for the lab alone
-- needs no summary. What somebody mistyped is told by its place.
local actions = require "cli.charm.actions"
local config = require "cli.charm.config"
local fs = require "host.fs"
local metadata = require "cli.charm.metadata"
local null = require "std.null"
local rules = require "std.rules"
local yaml = require "std.yaml"

local M = {}

local RULES <const> = {
  ["metadata.yaml"] = metadata.RULES,
  ["config.yaml"] = config.RULES,
  ["actions.yaml"] = actions.RULES,
}

---Reads one of the files; one that is absent and may be is {}.
---@param folder string
---@param file "metadata.yaml"|"config.yaml"|"actions.yaml"
---@param required boolean?
---@return table?
---@return string? message
function M.read(folder, file, required)
  local text, message, code = fs.read(folder .. "/" .. file)
  if not text then
    if code ~= "ENOENT" then
      return nil, ("cannot read %s: %s"):format(file, message)
    elseif required then
      return nil, "it has no " .. file
    end
    return {}
  end
  local value, why = yaml.decode(text)
  if value == nil and why then
    return nil, ("cannot read %s: %s"):format(file, tostring(why))
  elseif value == nil or value == null then
    return {}
  end
  local wrong <const> = rules.check(value, RULES[file], { lenient = true })[1]
  if wrong then
    return nil, ("%s%s: %s%s"):format(file, wrong.path, wrong.text,
      wrong.hint and " (" .. wrong.hint .. ")" or "")
  end
  return value
end

return M
