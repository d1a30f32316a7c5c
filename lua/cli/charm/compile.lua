-- SPDX-License-Identifier: Apache-2.0
-- Makes ready what a dispatch reads of a charm: its scripts as bytecode with
-- all debug information, its YAML files as JSON (lua/ops/compiled.lua).
local compiled = require "ops.compiled"
local files = require "cli.charm.files"
local json = require "std.json"
local scripts = require "ops.scripts"
local yaml = require "std.yaml"

local M = {}

local READ_BY_DISPATCH <const> = {
  ["actions.yaml"] = true, ["config.yaml"] = true, ["metadata.yaml"] = true,
}

-- The paths of a dispatch, which runs in the charm's folder.
local function bytecode(entry)
  return string.dump(assert(scripts.compile(entry.data, "./" .. entry.name)))
end

-- Nothing of a file that JSON cannot say as it is (.nan, .inf).
local function as_json(entry)
  local value = assert(yaml.decode(entry.data))
  local ok, text = pcall(json.encode, value)
  if ok and yaml.encode(json.decode(text)) == yaml.encode(value) then
    return text
  end
end

local function piece_of(entry)
  if entry.link then
    return nil
  elseif entry.name:find("%.lua$") then
    return bytecode(entry)
  end
  return READ_BY_DISPATCH[entry.name] and as_json(entry)
end

---Adds the file to a checked folder. Where something is wrong, nothing is made.
---@param folder cli.charm.Folder
function M.add(folder)
  if #folder.problems > 0 then
    return
  end
  local pieces = {}
  for _, entry in ipairs(folder.entries) do
    local piece = piece_of(entry)
    if piece then
      pieces[#pieces + 1] =
        { name = entry.name, text = entry.data, piece = piece }
    end
  end
  files.add(folder, { name = compiled.FILE, mode = files.PLAIN,
    data = compiled.encode(pieces) })
end

return M
