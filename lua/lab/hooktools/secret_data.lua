-- SPDX-License-Identifier: Apache-2.0
-- What secret-add and secret-set are given: key=value, key#base64=value,
-- key#file=path, --file, --expire; contents come out as base64.
local base64 = require "std.base64"
local duration = require "std.duration"
local fs = require "host.fs"
local names = require "lab.names"
local rotation = require "lab.model.rotation"
local times = require "std.time"
local yaml = require "std.yaml"

local M = {}

local MAX <const> = 1000 * 1000 -- bytes of base64: of a value, of all
local BARE <const> = "^secret:(%w+)$"
local FULL <const> = "^secret://[%x-]+/(%w+)$"

---The id of "secret:ID", "secret://MODEL/ID" or a bare ID.
---@param text string
---@return string? id
function M.id(text)
  local id <const> = text:match(BARE) or text:match(FULL) or text
  return #id == 20 and id:find("^[0-9a-v]+$") and id or nil
end

local function is_key(key)
  return key:find("^%l[%l%d-]*[%l%d]$") and not key:find("--", 1, true)
    and #key:gsub("-", "") >= 3
end

-- One pair into `found`, by the kind that its key ends with.
local function put(found, key, value)
  local bare <const> = key:match("^(.*)#base64$")
  if not is_key(bare or key) then
    return nil, ('key "%s" not valid'):format(bare or key), 2
  end
  found[bare or key] = bare and value or base64.encode(value)
  return true
end

local function read_file(context, path, dir)
  local place <const> = context.host_path(path, dir)
  local text
  if place then
    text = fs.read(place)
  end
  if not text then
    return nil, ("open %s: no such file or directory"):format(path), 2
  end
  return text
end

local function read_document(found, context, path, dir)
  local text, message, code = read_file(context, path, dir)
  if not text then
    return nil, message, code
  end
  local document, why = yaml.decode(text, { strings = true })
  if type(document) ~= "table" then
    return nil, why and tostring(why) or "cannot unmarshal it into a map", 2
  end
  for key, value in names.each(document) do
    local ok, wrong, status = put(found, tostring(key), tostring(value))
    if not ok then
      return nil, wrong, status
    end
  end
  return found
end

local function too_large(found)
  local total = 0
  for key, value in names.each(found) do
    if #value > MAX then
      return ('secret content for key "%s" too large: %d bytes')
        :format(key, #value)
    end
    total = total + #value
  end
  if total > MAX then
    return ("secret content too large: %d bytes"):format(total)
  end
end

---@param context lab.Context
---@param options { file: string? }
---@param args string[]
---@param dir string
---@return table<string, string>? content base64 by key
---@return string? message
---@return integer? code
function M.content(context, options, args, dir)
  local found <const> = {}
  for _, arg in ipairs(args) do
    local key, value = arg:match("^([^=]+)=(.*)$")
    if not key or arg:gsub("=+$", "") == key then
      return nil, ('key value "%s" not valid'):format(arg), 2
    end
    local file <const> = key:match("^(.*)#file$")
    local message, code
    if file then
      key = file
      value, message, code = read_file(context, value, dir)
    end
    local ok = value ~= nil
    if ok then
      ok, message, code = put(found, key, value)
    end
    if not ok then
      return nil, message, code
    end
  end
  if options.file then
    local ok, message, code = read_document(found, context, options.file, dir)
    if not ok then
      return nil, message, code
    end
  end
  local wrong <const> = too_large(found)
  if wrong then
    return nil, wrong, 2
  end
  return found
end

---A time, or a duration from now.
---@param text string
---@param now number
---@return number?
---@return string? message
function M.expire(text, now)
  local at <const> =
    times.parse_rfc3339(text) or times.parse_rfc3339(text .. "Z")
  if at then
    return at
  end
  local seconds <const> = duration.parse(text)
  if not seconds then
    return nil, ('expire time or duration "%s" not valid'):format(text)
  elseif seconds <= 0 then
    return nil, ('negative expire duration "%s" not valid'):format(text)
  end
  return now + seconds
end

---@param policy string
---@return string? message
function M.wrong_policy(policy)
  if not rotation.is_valid(policy) then
    return ('rotate policy "%s" not valid'):format(policy)
  end
end

return M
