-- SPDX-License-Identifier: Apache-2.0
-- The one structured error: what was tried, what happened, what to do about
-- it. Below the model functions return `nil, err`; from ops up they raise it.
local M = {}

---@class std.Error
---@field kind string a stable word for code to compare, "relation-data-type"
---@field tried string what was tried: "set db_conn in the databag of admin:1"
---@field happened string why it could not be done
---@field hint? string what the reader can do about it
---@field cause? any the error below this one
---@field data table further facts for code: code, stderr, reason, ...
local Error = {}
Error.__index = Error
Error.__name = "std.error"

---@return string "cannot <tried>: <happened>; <hint>"
function Error:__tostring()
  local text = ("cannot %s: %s"):format(self.tried, self.happened)
  return self.hint and text .. "; " .. self.hint or text
end

---@class std.ErrorFields
---@field kind string
---@field tried string
---@field happened? string the cause's text when absent
---@field hint? string
---@field cause? any
---@field data? table

---@param fields std.ErrorFields
---@return std.Error error
function M.new(fields)
  for _, name in ipairs { "kind", "tried" } do
    if type(fields[name]) ~= "string" then
      error(("field '%s': string expected, got %s")
        :format(name, type(fields[name])), 2)
    end
  end
  local happened = fields.happened
  if happened == nil and fields.cause ~= nil then
    happened = tostring(fields.cause)
  end
  return setmetatable({
    kind = fields.kind,
    tried = fields.tried,
    happened = tostring(happened or "it failed"),
    hint = fields.hint,
    cause = fields.cause,
    data = fields.data or {},
  }, Error)
end

---Raises a new error; see `new` for the fields.
---@param fields std.ErrorFields
function M.raise(fields)
  error(M.new(fields), 0)
end

---Is it a structured error (of this kind, itself or one of its causes)?
---@param value any
---@param kind? string
---@return boolean
function M.is(value, kind)
  while getmetatable(value) == Error do
    if kind == nil or value.kind == kind then
      return true
    end
    value = value.cause
  end
  return false
end

return M
