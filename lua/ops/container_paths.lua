-- SPDX-License-Identifier: Apache-2.0
-- Whole folders into a container and out of it, by the container's own push,
-- pull and list_files: ops.Container's, or that of a spec. Regular files and
-- folders alone. What fails does not stop the rest; at the end one error of
-- the kind "multi-push-pull" tells all of it.
local errors = require "std.error"
local fs = require "host.fs"

local M = {}

local function sources_of(source)
  return type(source) == "table" and source or { source }
end

local function join(folder, name)
  return (folder == "/" and "" or folder) .. "/" .. name
end

-- What is copied, and the name it gets: "/a/b/*" is the contents of /a/b,
-- "/a/b" goes by the name b.
local function target_of(source, dest_dir)
  local inside = source:match "^(.*)/%*$"
  if inside then
    return inside == "" and "/" or inside, dest_dir
  end
  local path = source:match "^(.-)/*$"
  return path, join(dest_dir, path:match "[^/]*$")
end

local function note(failures, path, ok, err)
  if not ok then
    failures[#failures + 1] = { path = path, error = err }
  end
  return ok
end

local function finish(failures, verb, container)
  if #failures == 0 then
    return
  end
  errors.raise {
    kind = "multi-push-pull",
    tried = ("%s everything in container %s"):format(verb, container.name),
    happened = ("%d failed; the first, %s: %s"):format(#failures,
      failures[1].path, tostring(failures[1].error)),
    data = { errors = failures },
  }
end

-- With mode and owner, as ops does.
local function push_file(container, path, target, stat)
  local file <close>, message = fs.open(path, "r")
  if not file then
    error(message, 0)
  end
  container:push(target, file, {
    make_dirs = true,
    permissions = ("%03o"):format(stat.mode & 511),
    user_id = stat.uid,
    group_id = stat.gid,
  })
end

local function push_one(container, path, target, failures)
  local stat, message = fs.lstat(path)
  if not stat then
    note(failures, path, false, message)
  elseif stat.type == "file" then
    note(failures, path, pcall(push_file, container, path, target,
      stat))
  elseif stat.type == "directory" and note(failures, path,
    pcall(container.make_dir, container, target, { make_parents = true }))
  then
    local names, why = fs.list(path)
    note(failures, path, names ~= nil, why)
    for _, name in ipairs(names or {}) do
      push_one(container, join(path, name), join(target, name), failures)
    end
  end
end

---@param container ops.Container
---@param source string|string[] local paths; "dir/*" is what is in dir
---@param dest_dir string in the container
function M.push(container, source, dest_dir)
  local failures = {}
  for _, each in ipairs(sources_of(source)) do
    local path, target = target_of(each, dest_dir)
    push_one(container, path, target, failures)
  end
  finish(failures, "push", container)
end

local function pull_file(container, path, target)
  assert(fs.mkdirs(target:match "^(.*)/" or "."))
  container:pull(path, { to = target })
end

local pull_folder

local function pull_one(container, info, target, failures)
  if info.type == "file" then
    note(failures, info.path,
      pcall(pull_file, container, info.path, target))
  elseif info.type == "directory" then
    pull_folder(container, info.path, target, failures)
  end
end

function pull_folder(container, path, target, failures)
  local ok, list = pcall(container.list_files, container, path)
  local made, message = fs.mkdirs(target)
  if note(failures, path, ok, list) and note(failures, target, made, message)
  then
    for _, info in ipairs(list) do
      pull_one(container, info, join(target, info.name), failures)
    end
  end
end

---@param container ops.Container
---@param source string|string[] in the container; "dir/*" is what is in dir
---@param dest_dir string local
function M.pull(container, source, dest_dir)
  local failures = {}
  for _, each in ipairs(sources_of(source)) do
    local path, target = target_of(each, dest_dir)
    local ok, list = pcall(container.list_files, container, path,
      { itself = true })
    if note(failures, path, ok, list) then
      pull_one(container, list[1], target, failures)
    end
  end
  finish(failures, "pull", container)
end

return M
