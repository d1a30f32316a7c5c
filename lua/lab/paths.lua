-- SPDX-License-Identifier: Apache-2.0
-- Where the lab keeps things: the data folder, a model's and a unit's part of
-- it, and where a unit sees them. Pure but for the data folder's default.
local names = require "lab.names"
local sys = require "host.sys"

local M = {}

---$CHARMLAB_DATA, or the folder `lab` beside the program.
---@return string
function M.data()
  local set <const> = sys.getenv("CHARMLAB_DATA")
  if set and set ~= "" then
    return set:sub(1, 1) == "/" and set or sys.getcwd() .. "/" .. set
  end
  return M.program_folder() .. "/lab"
end

---@return string the folder the running program lies in
function M.program_folder()
  return (sys.executable():match("^(.*)/[^/]*$"))
end

---@class lab.UnitPaths host folders of one unit, and names inside
---@field root string
---@field charm string the unpacked charm: edit a handler here
---@field tools string
---@field agent string with the agent's socket
---@field containers string one folder a container, with Pebble's socket
---@field rootfs string one folder a container: its file system
---@field temp string the unit's /tmp
---@field etc string generated files for /etc
---@field storages string the model's storages
---@field tag string "unit-app-0"
---@field inside string "/var/lib/juju/agents/unit-app-0"
---@field tools_inside string

---@param data string
---@param model string
---@return string
function M.model(data, model)
  return ("%s/models/%s"):format(data, model)
end

---@param data string
---@param model string
---@param unit string "app/0"
---@return lab.UnitPaths
function M.unit(data, model, unit)
  local root <const> = ("%s/units/%s"):format(M.model(data, model),
    names.unit_folder(unit))
  local tag <const> = names.unit_tag(unit)
  return {
    root = root,
    charm = root .. "/charm",
    tools = root .. "/tools",
    agent = root .. "/agent",
    containers = root .. "/containers",
    rootfs = root .. "/rootfs",
    temp = root .. "/tmp",
    etc = root .. "/etc",
    storages = M.model(data, model) .. "/storage",
    tag = tag,
    inside = "/var/lib/juju/agents/" .. tag,
    tools_inside = "/var/lib/juju/tools/" .. tag,
  }
end

---The model's folder of a storage.
---@param unit_paths lab.UnitPaths
---@param id string "pgdata/0"
---@return string
function M.storage(unit_paths, id)
  return ("%s/%s"):format(unit_paths.storages, names.unit_folder(id))
end

local function normal(path)
  local parts <const> = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      table.remove(parts)
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

---The host's path of what a unit's hook names, or nil where no part of the
---unit's own view is meant.
---@param unit_paths lab.UnitPaths
---@param path string
---@param dir string the hook's working directory
---@return string?
function M.on_host(unit_paths, path, dir)
  local full <const> =
    normal(path:sub(1, 1) == "/" and path or dir .. "/" .. path)
  local views <const> = {
    { unit_paths.inside .. "/charm", unit_paths.charm },
    { unit_paths.inside, unit_paths.agent },
    { "/charm/containers", unit_paths.containers },
    { "/tmp", unit_paths.temp },
  }
  for _, view in ipairs(views) do
    if full:sub(1, #view[1] + 1) == view[1] .. "/" then
      return view[2] .. full:sub(#view[1] + 1)
    end
  end
end

return M
