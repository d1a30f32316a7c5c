-- SPDX-License-Identifier: Apache-2.0
-- State with the lifetime 'container' in specs: the file that ops.file_store
-- reads and writes, as values by name.
local file_store = require "ops.file_store"
local fs = require "host.fs"
local json = require "std.json"

local M = {}

---@param dir string
---@param values table<string, any>
function M.write(dir, values)
  local texts = {}
  for name, value in pairs(values) do
    texts[name] = json.encode(value)
  end
  if next(texts) then
    assert(fs.write(dir .. "/" .. file_store.NAME,
      json.encode { values = texts }))
  end
end

---What counts afterwards, by what Juju holds.
---@param dir string
---@param stored table<string, string>
---@return table<string, any> values
function M.read(dir, stored)
  local values = {}
  local store = { get = function(_, key) return stored[key] end }
  for name, text in pairs(file_store.new(dir, store):values()) do
    values[name] = json.decode(text)
  end
  return values
end

return M
