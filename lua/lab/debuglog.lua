-- SPDX-License-Identifier: Apache-2.0
-- The model's log: JSON lines on disk, Juju's lines for people. The model's
-- logging-config decides what is kept, as in Juju.
local fs = require "host.fs"
local json = require "std.json"

local M = {}
M.__index = M

---@class lab.LogLine
---@field at number
---@field entity string "unit-app-0"
---@field level string
---@field module string "unit.app/0.juju-log"
---@field message string

local MESSAGE_MAX <const> = 64 * 1024

M.LEVELS = {
  TRACE = 1, DEBUG = 2, INFO = 3, WARNING = 4, ERROR = 5, CRITICAL = 6,
}
local NAMES <const> = { WARN = "WARNING" }

---@param text string
---@return string? level
function M.level(text)
  local level <const> = text:upper()
  return M.LEVELS[level] and level or NAMES[level]
end

---Reads "<root>=INFO;unit=DEBUG".
---@param text string
---@return table<string, integer>? thresholds by module
---@return string? message
function M.parse_config(text)
  local thresholds <const> = { [""] = M.LEVELS.WARNING }
  for part in text:gmatch("[^;,]+") do
    local module, level = part:match("^%s*(.-)%s*=%s*(%S+)%s*$")
    if not module then
      return nil, ('config value expected "=", found "%s"'):format(part)
    end
    local known <const> = M.level(level)
    if not known then
      return nil, ('unknown severity level "%s"'):format(level)
    end
    thresholds[module == "<root>" and "" or module:lower()] =
      M.LEVELS[known]
  end
  return thresholds
end

---@param path string
---@param config string
---@return table
function M.new(path, config)
  return setmetatable({
    path = path,
    thresholds = assert(M.parse_config(config)),
  }, M)
end

---@param config string a valid one
function M:configure(config)
  self.thresholds = assert(M.parse_config(config))
end

---Is a line of this level kept?
---@param module string
---@param level string
---@return boolean
function M:wants(module, level)
  local name = module:lower()
  local threshold = self.thresholds[name]
  while not threshold do
    name = name:match("^(.*)%.[^.]*$") or ""
    threshold = self.thresholds[name]
  end
  return M.LEVELS[level] >= threshold
end

---@param line lab.LogLine
---@return true?
---@return string? message
function M:write(line)
  if not self:wants(line.module, line.level) then
    return true
  end
  if #line.message > MESSAGE_MAX then
    line.message = ("%s… (%d more bytes)"):format(
      line.message:sub(1, MESSAGE_MAX), #line.message - MESSAGE_MAX)
  end
  line.message = line.message:gsub("[\x80-\xff]+", function(bytes)
    return utf8.len(bytes) and bytes or ("?"):rep(#bytes)
  end)
  return fs.append(self.path, json.encode(line) .. "\n")
end

---"unit-app-0: 12:00:00 INFO unit.app/0.juju-log message"
---@param line lab.LogLine
---@return string
function M.format(line)
  return ("%s: %s %s %s %s"):format(line.entity,
    os.date("!%H:%M:%S", math.floor(line.at)), line.level, line.module,
    line.message)
end

---Which lines debug-log shows.
---@param line lab.LogLine
---@param options { level: string?, include: string[]?, exclude: string[]? }
---@return boolean
function M.shows(line, options)
  if options.level and M.LEVELS[line.level] < M.LEVELS[options.level] then
    return false
  end
  local function named(list)
    for _, name in ipairs(list or {}) do
      local tag <const> = name:find("/") and "unit-" .. name:gsub("/", "-")
      local pattern <const> = "^" .. (tag or name):gsub("[%-.+]", "%%%0")
        :gsub("%*", ".*") .. "$"
      local app <const> = line.entity:match("^unit%-(.*)%-%d+$")
      if line.entity:find(pattern) or app == name then
        return true
      end
    end
    return false
  end
  return (not options.include or named(options.include))
    and not named(options.exclude)
end

return M
