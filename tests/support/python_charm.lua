-- SPDX-License-Identifier: Apache-2.0
-- Packs a charm of Python: a folder of the tree, and beside it, in venv/, what
-- `make ops` has put into build/ops. No compiled files: Python makes its own.
local fs = require "host.fs"
local paths = require "lab.paths"
local zip = require "std.zip"

local M = {}

local PLAIN <const>, EXECUTABLE <const> =
  tonumber("644", 8), tonumber("755", 8)
-- What a virtualenv brings that no charm needs.
local TOOLS <const> = { "^pip", "^setuptools", "^pkg_resources", "^_distutils",
  "^distutils" }

local function is_tool(name)
  for _, pattern in ipairs(TOOLS) do
    if name:find(pattern) then
      return true
    end
  end
  return false
end

local function add(entries, folder, prefix, skip)
  for _, name in ipairs(assert(fs.list(folder))) do
    local path <const> = folder .. "/" .. name
    if name == "__pycache__" or skip and skip(name) then
      goto continue
    elseif assert(fs.stat(path)).type == "directory" then
      add(entries, path, prefix .. name .. "/")
    else
      entries[#entries + 1] = {
        name = prefix .. name, data = assert(fs.read(path)),
        mode = name == "dispatch" and EXECUTABLE or PLAIN,
      }
    end
    ::continue::
  end
end

local function site_packages()
  local library <const> = paths.program_folder() .. "/ops/lib"
  local names <const> =
    assert(fs.list(library), "ops is not there; run: make ops")
  return ("%s/%s/site-packages"):format(library, names[1])
end

---@param folder string the charm's source
---@param target string the .charm to write
---@param more table<string, string>? further files, by path
---@return string target
function M.pack(folder, target, more)
  local entries <const> = {}
  add(entries, folder, "")
  add(entries, site_packages(), "venv/", is_tool)
  for name, text in pairs(more or {}) do
    entries[#entries + 1] = { name = name, data = text, mode = PLAIN }
  end
  assert(fs.write(target, zip.write(entries)))
  return target
end

return M
