-- SPDX-License-Identifier: Apache-2.0
-- What Juju takes as config.yaml. An option without type would be a string to
-- Juju, but is refused, as it is by charmcraft.
local names = require "cli.charm.names"
local one_of = require("std.rules").one_of

local M = {}

-- The Lua types that a default may have.
M.DEFAULTS = {
  string = { string = true }, secret = { string = true },
  int = { integer = true }, float = { float = true, integer = true },
  boolean = { boolean = true },
}

M.RULES = { required = { "options" }, fields = {
  options = { names = names.key, each = { required = { "type" }, fields = {
    type = one_of { "string", "int", "float", "boolean", "secret" },
    description = "string",
  } } },
} }

---@param document cli.charm.Document
function M.check(document)
  document:check(M.RULES)
  for name in pairs(document:map("options")) do
    local kind <const> = document:get("options", name, "type")
    local default <const> = document:get("options", name, "default")
    local fits <const> = M.DEFAULTS[kind]
    if fits and default ~= nil
      and not fits[math.type(default) or type(default)] then
      document:refuse({ "options", name, "default" },
        ("it is no %s but %s"):format(kind, type(default) == "table"
          and "a list or map" or tostring(default)))
    elseif kind == "secret" and default and default ~= ""
      and not default:find("^secret:") then
      document:refuse({ "options", name, "default" },
        "a secret is named by secret:ID")
    end
  end
end

return M
