-- SPDX-License-Identifier: Apache-2.0
-- The charm store of the lab: names to packed charms of ours, with the images
-- their resources stand for; and the unpacking of .charm files.
local charms = require "lab.charm"
local fs = require "host.fs"
local names = require "lab.names"
local paths = require "lab.paths"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

-- A row: the image each resource gets unless --resource names another.
M.store = {
  ["postgresql-k8s"] = { resources = { ["postgresql-image"] = "postgresql" } },
  ["temporal-k8s"] = {
    resources = { ["temporal-server-image"] = "temporalio/server:1.17.4" },
  },
  ["temporal-admin-k8s"] = {
    resources = { ["temporal-admin-image"] = "temporalio/admin-tools:1.17.4" },
  },
}

local function folder()
  return sys.getenv("CHARMLAB_CHARMS")
    or paths.program_folder():gsub("/[^/]*$", "") .. "/dist"
end

-- NAME_….charm in the folder of the packed charms.
local function packed(name)
  local start <const> = name .. "_"
  for _, file in ipairs(fs.list(folder()) or {}) do
    if file:sub(1, #start) == start and file:find("%.charm$") then
      return folder() .. "/" .. file
    end
  end
end

---A charm of the store by its name.
---@param name string
---@return string? path
---@return table<string, string>|string resources or the message
function M.find(name)
  local row <const> = M.store[name]
  if not row then
    return nil, ('charm or bundle "%s" not found; the lab knows %s; another '
      .. "is one more row in lua/lab/charms.lua")
      :format(name, table.concat(names.sorted(M.store), ", "))
  end
  local path <const> = packed(name)
  if not path then
    return nil, ('charm "%s" is not packed: there is no %s_*.charm in %s; '
      .. "pack it with: make"):format(name, name, folder())
  end
  return path, row.resources
end

-- The line of unzip's many that says what is wrong.
local function complaint(output)
  for line in output:gmatch("[^\n]+") do
    local text <const> = line:match("^%s*(.-)%s*$")
    if text ~= "" and not text:find("^%[.*%]$")
      and not text:find("^Archive:") then
      return (text:gsub("[.:]$", ""))
    end
  end
  return "unzip failed"
end

local function unzip(machine, arguments)
  local argv <const> = { machine.unzip, table.unpack(arguments) }
  local result, message =
    proc.run { argv = argv, timeout = 60, max_output = 4 << 20 }
  if not result then
    return nil, message
  elseif result.code ~= 0 then
    return nil, complaint(result.stderr .. result.stdout)
  end
  return result.stdout
end

local function not_a_charm(path, why)
  return nil, ('"%s" is not a charm: %s'):format(path, why)
end

-- An entry must stay inside the folder it is unpacked to.
local function escapes(entry)
  return entry:sub(1, 1) == "/" or ("/" .. entry .. "/"):find("/../", 1, true)
end

-- A symlink must not lead out either.
local function leaves(root, dir)
  for _, name in ipairs(assert(fs.list(dir))) do
    local path <const> = dir .. "/" .. name
    local stat <const> = assert(fs.lstat(path))
    if stat.type == "symlink" then
      local target <const> = fs.realpath(path)
      if not target or target:sub(1, #root + 1) ~= root .. "/" then
        return path
      end
    elseif stat.type == "directory" then
      local found <const> = leaves(root, path)
      if found then
        return found
      end
    end
  end
end

---Unpacks a .charm into a new folder and reads it.
---@param machine lab.Machine
---@param path string
---@param target string must not exist
---@return lab.Charm?
---@return string? message
function M.unpack(machine, path, target)
  local stat <const> = fs.stat(path)
  if not stat then
    return nil, ('cannot deploy "%s": file not found'):format(path)
  elseif stat.type == "directory" then
    return not_a_charm(path, "it is a folder; pack it with: charmhost pack")
  end
  local list <const> = unzip(machine, { "-Z1", path })
  if not list then
    return not_a_charm(path, "it is not a zip file, or not all of one")
  end
  for entry in list:gmatch("[^\n]+") do
    if escapes(entry) then
      return not_a_charm(path, ('the entry "%s" leads out of it')
        :format(entry))
    end
  end
  assert(fs.mkdirs(target))
  local ok, why = unzip(machine, { "-q", "-o", path, "-d", target })
  if not ok then
    return not_a_charm(path, why)
  end
  local leaving <const> = leaves(assert(fs.realpath(target)), target)
  if leaving then
    return not_a_charm(path, ('the link "%s" leads out of it')
      :format(leaving:sub(#target + 2)))
  end
  local charm, charm_why = charms.read(target)
  if not charm then
    return not_a_charm(path, charm_why)
  end
  return charm
end

return M
