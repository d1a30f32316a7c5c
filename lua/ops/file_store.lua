-- SPDX-License-Identifier: Apache-2.0
-- The store of state with the lifetime 'container': one JSON file in the
-- charm's folder, read at most once, written at commit if it changed. It holds
-- what was before too: the unit's store, which Juju commits with the hook, has
-- the mark of the writing that counts, so that a dropped hook left nothing.
local lazy = require "std.lazy"
local errors = require "std.error"
local fs = require "host.fs"
local json = lazy "std.json"
local system = require "ops.system"

local M = {}

M.NAME = ".charmhost-state.json"
M.MARK = "container-state" -- a key of the unit's store
local OWNER_ONLY <const> = 384 -- 0600
local MARK_BYTES <const> = 8

---@class ops.FileStore
---@field private path string
---@field private store ops.Store the unit's
---@field private current? table<string, string>
---@field private committed table<string, string>
local FileStore = {}
FileStore.__index = FileStore

---@param dir string
---@param store ops.Store the unit's
---@return ops.FileStore
function M.new(dir, store)
  return setmetatable({
    path = dir .. "/" .. M.NAME,
    store = store,
    changed = false,
  }, FileStore)
end

local function fail(self, tried, happened)
  errors.raise {
    kind = "state-file",
    tried = ("%s %s"):format(tried, self.path),
    happened = happened,
  }
end

local function read(self)
  local text, message, code = fs.read(self.path)
  if not text and code ~= "ENOENT" then
    fail(self, "read", message)
  end
  local found, why = json.decode(text or "{}")
  if type(found) ~= "table" then
    fail(self, "read", why or "it holds no JSON object")
  end
  return found
end

local function copy(map)
  local new = {}
  for key, value in pairs(map) do
    new[key] = value
  end
  return new
end

local function load(self)
  if not self.current then
    local found = read(self)
    if found.mark and found.mark ~= self.store:get(M.MARK) then
      found.values = found.before
    end
    self.committed = type(found.values) == "table" and found.values or {}
    self.current = copy(self.committed)
  end
  return self.current
end

---@return table<string, string> what counts
function FileStore:values()
  return load(self)
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

-- By one name beside it, so that a killed dispatch leaves no more than one.
local function replace(path, text)
  local fresh = path .. ".new"
  local ok, message = fs.write(fresh, text,
    { mode = OWNER_ONLY, atomic = false, sync = true })
  if ok then
    ok, message = fs.rename(fresh, path)
  end
  if not ok then
    fs.remove(fresh)
  end
  return ok, message
end

---Before the unit's store is sent, which gets the mark of what was written.
function FileStore:commit()
  if not self.changed then
    return
  end
  local mark = system.token(MARK_BYTES)
  local ok, message = replace(self.path, json.encode {
    mark = mark,
    values = self.current,
    before = self.committed,
  })
  if not ok then
    fail(self, "write", message)
  end
  self.store:set(M.MARK, mark)
  self.changed = false
end

return M
