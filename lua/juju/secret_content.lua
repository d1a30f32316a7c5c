-- SPDX-License-Identifier: Apache-2.0
-- A secret's content on its way into secret-add and secret-set. By the socket
-- as base64; where tools run as programs, whose arguments anyone may read, in
-- files for their owner alone that are gone after the call. Used by
-- juju.secret; no message of it holds a value.
local base64 = require "std.base64"
local fs = require "host.fs"
local sys = require "host.sys"
local tool = require "juju.tool"

local M = {}

M.MAX_ENCODED = 1000 * 1000 -- bytes of base64, of one value and of all
M.MAX_BYTES = M.MAX_ENCODED // 4 * 3

local OWNER_ONLY <const> = 384 -- 0600
local FOLDER <const> = "/tmp"
local PREFIX <const> = "charmhost-secret-"
local LONG_AGO <const> = 3600 -- seconds; a hook tool is done by then

---@class juju.SecretContent
---@field args string[] for the hook tool
---@field private dir? string of the files
local Content = {}

-- Juju's own rule: three letters and digits at least, dashes between them.
local function is_key(key)
  return type(key) == "string" and key:find "^[a-z][a-z0-9-]*[a-z0-9]$"
    and not key:find("--", 1, true) and #key:gsub("-", "") >= 3
end

local function wrong_pair(key, value)
  if not is_key(key) then
    return ("the key '%s' is not three or more lower case letters and digits, "
      .. "a letter first, with single dashes between"):format(tostring(key))
  elseif type(value) ~= "string" then
    return ("the value of '%s' is a %s, not a string"):format(key, type(value))
  elseif #value > M.MAX_BYTES then
    return ("the value of '%s' has %d bytes, Juju allows %d"):format(key,
      #value, M.MAX_BYTES)
  end
end

--- Why Juju would not take this content; nil when it would.
---@param content table<string, string>
---@return string?
function M.refusal(content)
  if type(content) ~= "table" then
    return ("the content is a %s, not a table"):format(type(content))
  elseif next(content) == nil then
    return "the content is empty"
  end
  local total = 0
  for key, value in pairs(content) do
    local wrong = wrong_pair(key, value)
    if wrong then
      return wrong
    end
    total = total + base64.encoded_size(#value)
  end
  if total > M.MAX_ENCODED then
    return ("the content has %d bytes as base64, Juju allows %d")
      :format(total, M.MAX_ENCODED)
  end
end

function Content:close()
  if self.dir then
    fs.remove_all(self.dir)
    self.dir = nil
  end
end

Content.__index = Content
Content.__close = Content.close

-- What a process left that was killed before it could clear up.
local function sweep()
  for _, name in ipairs(fs.list(FOLDER) or {}) do
    local path <const> = FOLDER .. "/" .. name
    local stat = name:sub(1, #PREFIX) == PREFIX and fs.lstat(path)
    if stat and stat.uid == sys.getuid()
      and sys.time() - stat.mtime > LONG_AGO then
      fs.remove_all(path)
    end
  end
end

-- Puts a value where only its owner and the agent can read it.
local function in_file(self, key, value)
  local message
  if not self.dir then
    sweep()
    self.dir, message = fs.mkdtemp(("%s/%s"):format(FOLDER, PREFIX))
    if not self.dir then
      return nil, message
    end
  end
  local path <const> = ("%s/%s"):format(self.dir, key)
  local ok, why = fs.write(path, value, { mode = OWNER_ONLY, atomic = false })
  return ok and ("%s#file=%s"):format(key, path), why
end

--- The arguments for a content that `refusal` lets pass. To be closed.
---@param content table<string, string>
---@return juju.SecretContent?
---@return string? message
function M.new(content)
  local keys = {}
  for key in pairs(content) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  local self = setmetatable({ args = {} }, Content)
  local exposed <const> = tool.exposes_arguments()
  for i, key in ipairs(keys) do
    local value <const>, message = content[key], nil
    -- Juju takes no empty value as an argument, but an empty file.
    if exposed or value == "" then
      self.args[i], message = in_file(self, key, value)
    else
      self.args[i] = ("%s#base64=%s"):format(key, base64.encode(value))
    end
    if message then
      self:close()
      return nil, message
    end
  end
  return self
end

return M
