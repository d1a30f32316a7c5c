-- SPDX-License-Identifier: Apache-2.0
-- The store of state with the lifetime 'container': one JSON file in the
-- charm's folder, read at most once, written at commit if it changed.
local errors = require "std.error"
local fs = require "host.fs"
local json = require "std.json"

local M = {}

local NAME <const> = ".charmhost-state.json"
local OWNER_ONLY <const> = 384 -- 0600

---@class ops.FileStore
---@field private path string
---@field private current? table<string, string>
local FileStore = {}
FileStore.__index = FileStore

---@param dir string
---@return ops.FileStore
function M.new(dir)
  return setmetatable({ path = dir .. "/" .. NAME, changed = false },
    FileStore)
end

local function fail(self, tried, happened)
  errors.raise {
    kind = "state-file",
    tried = ("%s %s"):format(tried, self.path),
    happened = happened,
  }
end

local function load(self)
  if not self.current then
    local text, message, code = fs.read(self.path)
    if not text and code ~= "ENOENT" then
      fail(self, "read", message)
    end
    local values, why = json.decode(text or "{}")
    if type(values) ~= "table" then
      fail(self, "read", why or "it holds no JSON object")
    end
    self.current = values
  end
  return self.current
end

---@param key string
---@return string?
function FileStore:get(key)
  return load(self)[key]
end

---@param key string
---@param value? string
function FileStore:set(key, value)
  if load(self)[key] ~= value then
    self.current[key] = value
    self.changed = true
  end
end

---Last of all, since the file does not wait for Juju's commit.
function FileStore:commit()
  if self.changed then
    local ok, message = fs.write(self.path, json.encode(self.current),
      { mode = OWNER_ONLY, atomic = true, sync = true })
    if not ok then
      fail(self, "write", message)
    end
    self.changed = false
  end
end

return M
