-- SPDX-License-Identifier: Apache-2.0
-- A unit's folders on the host: its own copy of the charm, the tools folder
-- (every name a link to charmlab), sockets' folders, storages, resources.
local charms = require "lab.charms"
local fs = require "host.fs"
local hooktools = require "lab.hooktools"
local models = require "lab.model"
local paths = require "lab.paths"
local sandbox = require "lab.sandbox"
local yaml = require "std.yaml"

local M = {}

---The packed charm that an application's units are made from.
---@param data string
---@param model string
---@param app string
---@return string
function M.archive(data, model, app)
  return ("%s/charms/%s.charm"):format(paths.model(data, model), app)
end

local function make_tools(unit_paths, version)
  assert(fs.remove_all(unit_paths.tools))
  assert(fs.mkdirs(unit_paths.tools))
  assert(fs.write(unit_paths.tools .. "/jujuc", ""))
  for _, name in ipairs(hooktools.names(version)) do
    assert(fs.symlink("jujuc", unit_paths.tools .. "/" .. name))
  end
end

---Unpacks the application's charm in place of the one that is there.
---@param world lab.World
---@param unit lab.Unit
---@param unit_paths lab.UnitPaths
function M.replace_charm(world, unit, unit_paths)
  local fresh <const> = unit_paths.charm .. ".new"
  assert(fs.remove_all(fresh))
  local charm, message = charms.unpack(world.machine,
    M.archive(world.data, world.model.name, unit.application), fresh)
  assert(charm, message)
  assert(fs.remove_all(unit_paths.charm))
  assert(fs.rename(fresh, unit_paths.charm))
end

---Makes what is missing; an existing charm folder, perhaps edited, is kept.
---@param world lab.World
---@param unit lab.Unit
---@param unit_paths lab.UnitPaths
function M.prepare(world, unit, unit_paths)
  local model <const> = world.model
  local folders <const> =
    { unit_paths.agent, unit_paths.containers, unit_paths.temp }
  for name in pairs(model.applications[unit.application].charm.containers) do
    folders[#folders + 1] = unit_paths.containers .. "/" .. name
  end
  for id in pairs(unit.storage) do
    folders[#folders + 1] = paths.storage(unit_paths, id)
  end
  for _, folder in ipairs(folders) do
    assert(fs.mkdirs(folder))
  end
  make_tools(unit_paths, models.setting(model, "agent-version"))
  sandbox.write_etc(unit_paths.etc, unit, { sandbox.ROOT })
  if not fs.stat(unit_paths.charm) then
    M.replace_charm(world, unit, unit_paths)
  end
end

---Writes a resource where the unit can read it: for an image, what Juju tells
---a charm about one.
---@param unit_paths lab.UnitPaths
---@param model table
---@param unit lab.Unit
---@param name string
---@return string? path as the unit sees it
function M.resource(unit_paths, model, unit, name)
  local application <const> = model.applications[unit.application]
  local value <const> = application.resources[name]
  if not value then
    return nil
  end
  local folder <const> = "/resources/" .. name
  assert(fs.mkdirs(unit_paths.agent .. folder))
  local file <const> = folder .. "/content.yaml"
  assert(fs.write(unit_paths.agent .. file, yaml.encode {
    registrypath = value, username = "", password = "",
  }))
  return unit_paths.inside .. file
end

return M
