-- SPDX-License-Identifier: Apache-2.0
-- The files of a charm's folder, as entries of a zip archive: dotfiles left
-- out, modes kept as Juju keeps them, links kept that stay inside.
local fs = require "host.fs"
local scripts = require "ops.scripts"

local M = {}

M.PLAIN = 0x1A4 -- rw-r--r--
M.EXECUTABLE = 0x1ED -- rwxr-xr-x

local OWNER_RUNS <const> = 0x40

---@class cli.charm.Folder
---@field entries std.zip.Entry[]
---@field by_name table<string, std.zip.Entry>
---@field problems string[]

-- Does the link at `path` lead out of the folder?
local function leaves(path, target)
  if target:sub(1, 1) == "/" then
    return true
  end
  local depth = select(2, path:gsub("/", ""))
  for part in target:gmatch("[^/]+") do
    depth = depth + (part == ".." and -1 or part == "." and 0 or 1)
    if depth < 0 then
      return true
    end
  end
  return false
end

local function read_link(found, full, path)
  local target <const> = assert(fs.readlink(full))
  if leaves(path, target) then
    found.problems[#found.problems + 1] =
      ("%s: the link leads out of the folder, to %s"):format(path, target)
  end
  return { name = path, data = target, link = true, mode = 0x1FF }
end

local function read_file(full, path, stat)
  local data, message = fs.read(full)
  return data and { name = path, data = data,
    mode = stat.mode & OWNER_RUNS ~= 0 and M.EXECUTABLE or M.PLAIN }, message
end

local function add(found, entry)
  found.entries[#found.entries + 1] = entry
  found.by_name[entry.name] = entry
end

local read_folder

local function read_one(found, folder, path)
  local full <const> = folder .. "/" .. path
  local stat, message = fs.lstat(full)
  local entry
  if stat and stat.type == "directory" then
    return read_folder(found, folder, path .. "/")
  elseif stat and stat.type == "symlink" then
    entry = read_link(found, full, path)
  elseif stat and stat.type == "file" then
    entry, message = read_file(full, path, stat)
  elseif stat then
    message = ("it is a %s; a charm has files and folders")
      :format(stat.type)
  end
  if entry then
    add(found, entry)
  else
    found.problems[#found.problems + 1] = ("%s: %s"):format(path, message)
  end
end

function read_folder(found, folder, prefix)
  local names, message = fs.list(folder .. "/" .. prefix)
  if not names then
    found.problems[#found.problems + 1] = message
  end
  for _, name in ipairs(names or {}) do
    if name:sub(1, 1) ~= "." then
      read_one(found, folder, prefix .. name)
    end
  end
end

---@param folder string
---@return cli.charm.Folder
function M.read(folder)
  local found <const> = { entries = {}, by_name = {}, problems = {} }
  read_folder(found, folder, "")
  return found
end

---Adds what pack itself writes; the folder must not have it.
---@param found cli.charm.Folder
---@param entry std.zip.Entry
function M.add(found, entry)
  if found.by_name[entry.name] then
    found.problems[#found.problems + 1] = entry.name
      .. ": it is written by pack; remove it from the folder"
    return
  end
  add(found, entry)
end

---Takes a file out.
---@param found cli.charm.Folder
---@param name string
function M.remove(found, name)
  found.by_name[name] = nil
  for i, entry in ipairs(found.entries) do
    if entry.name == name then
      table.remove(found.entries, i)
      return
    end
  end
end

---Compiles each script, to see that it can be.
---@param found cli.charm.Folder
function M.check_scripts(found)
  for _, entry in ipairs(found.entries) do
    if entry.name:find("%.lua$") and not entry.link then
      local chunk <const>, why <const> =
        scripts.compile(entry.data, entry.name)
      if not chunk then
        found.problems[#found.problems + 1] = why
      end
    end
  end
end

return M
