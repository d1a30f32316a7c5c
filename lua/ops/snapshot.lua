-- SPDX-License-Identifier: Apache-2.0
-- An event's fields as plain data and back, for deferral: simple values as
-- they are, a relation, unit, app or container by its name.
local lazy = require "std.lazy"
local errors = require "std.error"
local json = lazy "std.json"

local M = {}

-- No key of a field's own table starts like this.
local MARK <const> = "$"

local function take_field(name, value, refs)
  local ref = refs[value]
  if ref then
    return { [MARK .. ref.kind] = ref.value }
  end
  local ok, err = pcall(json.encode, value)
  if not ok then
    errors.raise {
      kind = "event-field",
      tried = ("keep the event's field '%s'"):format(name),
      happened = tostring(err),
      hint = "an event carries simple values, relations, units, apps and "
        .. "containers",
    }
  end
  return value
end

---@param fields table<string, any>
---@param refs table<any, {kind: string, value: any}> the model's objects
---@return string text JSON with sorted keys: equal events, equal texts
function M.take(fields, refs)
  local plain = {}
  for name, value in pairs(fields) do
    plain[name] = take_field(name, value, refs)
  end
  return json.encode(plain)
end

---@param text string
---@param model ops.Model
---@return table<string, any> fields
function M.restore(text, model)
  local fields = {}
  for name, value in pairs(assert(json.decode(text))) do
    if value == json.null then
      value = nil
    elseif type(value) == "table" then
      local key, ref = next(value)
      if type(key) == "string" and key:sub(1, 1) == MARK then
        value = model:resolve(key:sub(2), ref)
      end
    end
    fields[name] = value
  end
  return fields
end

return M
