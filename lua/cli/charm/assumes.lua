-- SPDX-License-Identifier: Apache-2.0
-- What a charm assumes of Juju: features, with versions; any or all of some.
local M = {}

local WHAT <const> = 'expected a feature such as "juju >= 3.1", any-of or all-of'

local function is_version(text)
  return text:find("^%d+$") or text:find("^%d+%.%d+$")
    or text:find("^%d+%.%d+%.%d+$") or text:find("^%d+%.%d+%-%l+%d+$")
end

local function is_feature(text)
  text = text:match("^%s*(.-)%s*$")
  local name, version = text:match("^(%l[%l%d-]*)%s*>=%s*(%S+)$")
  local other <const>, below <const> = text:match("^(%l[%l%d-]*)%s*<%s*(%S+)$")
  name, version = name or other or text, version or below
  return name:find("^%l[%l%d-]*[%l%d]$") and (not version or is_version(version))
end

local check_list

local function check_one(document, keys, value)
  if type(value) == "string" then
    if not is_feature(value) then
      document:refuse(keys, WHAT .. (', got "%s"'):format(value))
    end
    return
  end
  local word <const>, list <const> = next(type(value) == "table" and value or {})
  if (word == "any-of" or word == "all-of") and next(value, word) == nil
    and type(list) == "table" then
    local inner <const> = table.move(keys, 1, #keys, 1, {})
    inner[#inner + 1] = word
    check_list(document, inner, list)
  else
    document:refuse(keys, WHAT)
  end
end

function check_list(document, keys, list)
  for i, value in ipairs(list) do
    local inner <const> = table.move(keys, 1, #keys, 1, {})
    inner[#inner + 1] = i
    check_one(document, inner, value)
  end
end

---@param document cli.charm.Document of metadata.yaml
function M.check(document)
  check_list(document, { "assumes" }, document:map("assumes"))
end

return M
