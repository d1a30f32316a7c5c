-- SPDX-License-Identifier: Apache-2.0
-- The key=value arguments and the --file document of relation-set and
-- state-set: text to text, as Juju reads them.
local fs = require "host.fs"
local null = require "std.null"
local yaml = require "std.yaml"

local M = {}

local function trim(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

-- Scalars keep the text they were written with: yes, 0777 and 1.50 stay so.
local function from_document(text)
  local document, message = yaml.decode(text, { strings = true })
  if message then
    return nil, tostring(message)
  elseif document == nil or document == null then
    return {}
  elseif type(document) ~= "table" then
    return nil, "cannot unmarshal it into a map of strings"
  end
  local found <const> = {}
  for key, value in pairs(document) do
    if value == null then
      value = ""
    end
    if type(value) ~= "string" then
      return nil, ("cannot unmarshal %s into a string"):format(tostring(key))
    end
    found[tostring(key)] = value
  end
  return found
end

local function from_file(context, file, request)
  local text = request.stdin
  if file ~= "-" then
    local path <const> = context.host_path(file, request.dir)
    local message
    if path then
      text, message = fs.read(path)
    end
    if not path or not text then
      return nil, message or ("open %s: no such file or directory")
        :format(file), 1
    end
  end
  local found, why = from_document(text)
  if not found then
    return nil, why, 1
  end
  return found
end

---@param args string[] key=value
---@return table<string, string>?
---@return string? message
---@return integer? code
function M.parse(args)
  local found <const> = {}
  for _, arg in ipairs(args) do
    local key, value = arg:match("^(.-)=(.*)$")
    if not key or trim(key) == "" then
      return nil, ('expected "key=value", got "%s"'):format(arg), 2
    end
    key = trim(key)
    if found[key] then
      return nil, ('key "%s" specified more than once'):format(key), 2
    end
    found[key] = trim(value)
  end
  return found
end

---@param context lab.Context
---@param options { file: string? }
---@param args string[]
---@param request hooktools.Request
---@return table<string, string>?
---@return string? message
---@return integer? code
function M.read(context, options, args, request)
  local given, message, code = M.parse(args)
  if not given or not options.file then
    return given, message, code
  end
  local found, why, status = from_file(context, options.file, request)
  if not found then
    return nil, why, status
  end
  for key, value in pairs(given) do
    found[key] = value
  end
  return found
end

return M
