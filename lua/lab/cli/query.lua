-- SPDX-License-Identifier: Apache-2.0
-- The queries of wait-for, on what `status` says: FIELD=="value" or
-- FIELD!="value", several of them joined by &&. Pure.

local M = {}

---@param text string
---@return { field: string, equal: boolean, value: string }[]?
---@return string? message
function M.parse(text)
  local terms <const> = {}
  for part in (text .. "&&"):gmatch("(.-)&&") do
    local field, operator, value =
      part:match('^%s*([%a-]+)%s*([=!]=)%s*["\']([^"\']*)["\']%s*$')
    if not field then
      return nil, ('cannot read the query "%s"; it is FIELD=="value", joined '
        .. "by &&"):format(part)
    end
    terms[#terms + 1] =
      { field = field, equal = operator == "==", value = value }
  end
  return terms
end

local function application_fields(status, name)
  local app <const> = status.applications[name]
  return app and {
    name = name,
    status = app["application-status"].current,
    message = app["application-status"].message or "",
    life = app.life or "alive",
    version = app.version or "",
  }
end

local function unit_fields(status, name)
  local app <const> = status.applications[name:match("^[^/]*")]
  local unit <const> = app and app.units[name]
  return unit and {
    name = name,
    ["workload-status"] = unit["workload-status"].current,
    ["workload-message"] = unit["workload-status"].message or "",
    ["agent-status"] = unit["juju-status"].current,
    life = unit.life or "alive",
  }
end

---What a query can name, by what it is about; nil fields: it is gone.
---@type table<string, fun(status: table, name: string): table?>
M.kinds = { application = application_fields, unit = unit_fields }

---Does the query hold? Something that is gone has life "dead".
---@param terms table[]
---@param fields table<string, string>?
---@return boolean? holds
---@return string? message
function M.holds(terms, fields)
  fields = fields or { life = "dead" }
  for _, term in ipairs(terms) do
    local value <const> = fields[term.field]
    if value == nil and fields.life ~= "dead" then
      return nil, ('the query names an unknown field "%s"')
        :format(term.field)
    elseif (value == term.value) ~= term.equal then
      return false
    end
  end
  return true
end

return M
