-- SPDX-License-Identifier: Apache-2.0
-- What a charmcraft.yaml says of a charm: metadata.yaml, config.yaml and
-- actions.yaml where the folder has none, and the bases.
local null = require "std.null"

local M = {}

-- Keys that metadata.yaml has under the same name, and renamed ones.
local METADATA <const> = {
  "assumes", "charm-user", "containers", "description", "devices",
  "extra-bindings", "name", "peers", "provides", "requires", "resources",
  "storage", "subordinate", "summary", "terms",
}
local LINKS <const> = { documentation = "docs", contact = "maintainers",
  issues = "issues", source = "source", website = "website" }
-- What metadata.yaml, if there is one, must say alone.
local ONCE <const> = { "name", "summary", "description" }

local function metadata_of(document)
  local picked <const> = { title = "display-name" }
  for _, key in ipairs(METADATA) do
    picked[key] = key
  end
  local metadata <const> = document:pick(picked)
  for from, to in pairs(LINKS) do
    local value = document:get("links", from)
    if to == "maintainers" and type(value) == "string" then
      value = { value }
    end
    metadata.value[to] = value
  end
  return metadata
end

---Splits a charmcraft.yaml.
---@param document cli.charm.Document
---@param has fun(file: string): boolean is the file in the folder?
---@return table<string, cli.charm.Document> by the names of Juju's files
function M.split(document, has)
  local made <const> = {}
  if type(document.value) ~= "table" then
    document:refuse({}, "expected a map")
    return made
  end
  local kind <const> = document:get("type")
  if kind ~= "charm" then
    document:refuse({ "type" }, "expected charm, got " .. tostring(kind))
  end
  if not has("metadata.yaml") then
    made["metadata.yaml"] = metadata_of(document)
  else
    for _, key in ipairs(ONCE) do
      if document:get(key) then
        document:refuse({ key }, "metadata.yaml says it; say it once")
      end
    end
  end
  for _, section in ipairs { "config", "actions" } do
    local file <const> = section .. ".yaml"
    local value <const> = document:get(section)
    if value and has(file) then
      document:refuse({ section }, file .. " says it; say it once")
    elseif value then
      made[file] = document:part(value, { section })
    end
  end
  return made
end

local function add_base(found, base)
  if type(base) == "table" and base.name and base.channel then
    found[#found + 1] = ("%s@%s"):format(base.name, base.channel)
  end
end

---What the charm runs on.
---@param document cli.charm.Document
---@return string[] "ubuntu@22.04"; empty where it does not say
function M.bases(document)
  local found <const> = { document:get("base") }
  for _, base in ipairs(document:map("bases")) do
    add_base(found, base)
    local runs <const> = type(base) == "table" and base["run-on"]
    for _, inner in ipairs(type(runs) == "table" and runs ~= null and runs
      or {}) do
      add_base(found, inner)
    end
  end
  return found
end

return M
