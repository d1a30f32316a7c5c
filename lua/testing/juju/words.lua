-- SPDX-License-Identifier: Apache-2.0
-- A hook tool's words in specs: Juju's flag grammar, its answers and errors.
local json = require "std.json"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

-- Flags every getter has.
local COMMON <const> = { format = "value" }
local SHORT <const> = { r = "relation", s = "storage", l = "log-level" }

---@param args string[]
---@param flags? table<string, "value"|"flag">
---@return table? parsed {flags = {}, ...positionals}
---@return string? why
function M.parse(args, flags)
  local parsed, i = { flags = {} }, 1
  while i <= #args do
    local word = args[i]
    if word == "--" then
      table.move(args, i + 1, #args, #parsed + 1, parsed)
      break
    elseif word == "-" or word:sub(1, 1) ~= "-" then
      parsed[#parsed + 1] = word
    else
      local name, value = word:match("^%-%-?([%w-]+)=(.*)$")
      name = name or word:match("^%-%-?(.*)$")
      name = SHORT[name] or name
      local kind = flags and flags[name] or COMMON[name]
      if not kind then
        return nil, "option provided but not defined: " .. word
      elseif kind == "value" and not value then
        i = i + 1
        value = args[i]
        if not value then
          return nil, "option needs an argument: " .. word
        end
      end
      parsed.flags[name] = value or true
    end
    i = i + 1
  end
  return parsed
end

---@param code integer
---@param message string
function M.failed(code, message)
  return { code = code, stdout = "", stderr = "ERROR " .. message .. "\n" }
end

---A getter's answer as `--format=json` has it.
---@param value any
---@return string
function M.json(value)
  return json.encode(value) .. "\n"
end

---"a=b=c" -> "a", "b=c"; both trimmed as Juju does.
---@param words string[]
---@return table<string, string>? pairs
---@return string? why
function M.pairs_of(words)
  local found = {}
  for _, word in ipairs(words) do
    local key, value = word:match("^([^=]*)=(.*)$")
    if not key or key == "" then
      return nil, ('expected "key=value", got "%s"'):format(word)
    end
    found[key:match("^%s*(.-)%s*$")] = value:match("^%s*(.-)%s*$")
  end
  return found
end

---What --file - brings: a YAML map of texts.
---@param text? string
---@return table<string, string>? values
---@return string? why
function M.map_of(text)
  local values, why = yaml.decode(text or "", { strings = true })
  if values == nil or values == null then
    return why == nil and {} or nil, why
  elseif type(values) ~= "table" then
    return nil, "cannot unmarshal into map[string]string"
  end
  for key, value in pairs(values) do
    if value == null then
      values[key] = ""
    elseif type(value) ~= "string" then
      return nil, "cannot unmarshal into map[string]string"
    end
  end
  return values
end

return M
