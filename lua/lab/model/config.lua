-- SPDX-License-Identifier: Apache-2.0
-- Application options: text to the type that config.yaml declares, checked as
-- Juju checks it; the values a charm sees. Pure.
local names = require "lab.names"

local M = {}

local function expected(name, kind, text)
  return nil, ('option "%s" expected %s, got "%s"'):format(name, kind, text)
end

local READERS <const> = {
  string = function(text) return text end,
  secret = function(text) return text end,
  int = function(text)
    return text:find("^[+-]?%d+$") and math.tointeger(tonumber(text))
  end,
  float = function(text)
    return text:find("^[+-]?[%d.][%d.eE+-]*$") and tonumber(text)
  end,
  boolean = function(text)
    local value = ({ ["true"] = 1, ["false"] = 0 })[text:lower()]
    if value then
      return value == 1
    end
  end,
}

---@param name string
---@param option { type: string }
---@param text string
---@return any value
---@return string? message
function M.read(name, option, text)
  local value <const> = READERS[option.type](text)
  if value == nil or value == false and option.type ~= "boolean" then
    return expected(name, option.type, text)
  end
  return value
end

---@param charm lab.Charm
---@param texts table<string, string>
---@return table<string, any>? values
---@return string? message
function M.read_all(charm, texts)
  local values <const> = {}
  for name, text in names.each(texts) do
    local option <const> = charm.options[name]
    if not option then
      return nil, ('unknown option "%s"'):format(name)
    end
    local value, message = M.read(name, option, text)
    if value == nil then
      return nil, message
    end
    values[name] = value
  end
  return values
end

---What the charm sees: set values over defaults; an option with neither is
---absent.
---@param application table
---@return table<string, any>
function M.effective(application)
  local values <const> = {}
  for name, option in pairs(application.charm.options) do
    local value = application.config[name]
    if value == nil then
      value = option.default
    end
    values[name] = value
  end
  return values
end

---Sets and resets options; the version moves only when a value changed.
---@param application table
---@param texts table<string, string>
---@param reset string[]
---@return true?
---@return string? message
function M.change(application, texts, reset)
  local values, message = M.read_all(application.charm, texts)
  if not values then
    return nil, message
  end
  for _, name in ipairs(reset) do
    if not application.charm.options[name] then
      return nil, ('unknown option "%s"'):format(name)
    end
  end
  local before <const> = M.effective(application)
  for _, name in ipairs(reset) do
    application.config[name] = nil
  end
  for name, value in pairs(values) do
    application.config[name] = value
  end
  local after <const> = M.effective(application)
  for name in pairs(application.charm.options) do
    if before[name] ~= after[name] then
      application.config_version = application.config_version + 1
      break
    end
  end
  return true
end

return M
