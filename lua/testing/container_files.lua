-- SPDX-License-Identifier: Apache-2.0
-- The file half of a container in specs: a temporary folder
-- stands for its root, so that paths, modes and folders are real.
local fs = require "host.fs"

local M = { methods = {} }

local methods = M.methods

local function inside(container, path)
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" then
    container:fail("pebble-path", "use " .. tostring(path),
      "paths must be absolute", { kind = "generic-file-error" })
  end
  return container.root .. path
end

local function parent(path)
  local folder = path:match("^(.*)/[^/]*$")
  return folder == "" and "/" or folder
end

local function path_error(container, tried, path, message, code)
  local kind = code == "ENOENT" and "not-found"
    or code == "EACCES" and "permission-denied" or "generic-file-error"
  container:fail("pebble-path", tried .. " " .. path, message,
    { kind = kind, path = path })
end

local function content_of(source)
  if type(source) == "string" then
    return source
  end
  local pieces = {}
  repeat
    local piece = assert(source:read(65536))
    pieces[#pieces + 1] = piece
  until piece == ""
  return table.concat(pieces)
end

function methods:push(path, source, options)
  self:reach("push", path)
  options = options or {}
  local real = inside(self, path)
  if options.make_dirs then
    assert(fs.mkdirs(parent(real)))
  end
  local mode = tonumber(options.permissions or "644", 8)
  local ok, message, code = fs.write(real, content_of(source),
    { mode = mode })
  if not ok then
    path_error(self, "push", path, message, code)
  end
  self.state.permissions[path] = options.permissions or "644"
end

function methods:pull(path, options)
  self:reach("pull", path)
  options = options or {}
  local text, message, code = fs.read(inside(self, path))
  if not text then
    path_error(self, "pull", path, message, code)
  elseif options.to then
    assert(fs.write(options.to, text))
  elseif type(options.sink) == "function" then
    options.sink(text)
  elseif options.sink then
    assert(options.sink:write(text))
  else
    return text
  end
end

function methods:exists(path)
  self:reach("exists", path)
  return fs.lstat(inside(self, path)) ~= nil
end

function methods:isdir(path)
  self:reach("isdir", path)
  local stat = fs.stat(inside(self, path))
  return stat ~= nil and stat.type == "directory"
end

function methods:make_dir(path, options)
  self:reach("make_dir", path)
  options = options or {}
  local real = inside(self, path)
  local make = (options.make_parents or options.make_dirs) and fs.mkdirs
    or fs.mkdir
  local ok, message, code = make(real)
  if not ok then
    path_error(self, "make folder", path, message, code)
  end
end

function methods:remove_path(path, options)
  self:reach("remove_path", path)
  local remove = options and options.recursive and fs.remove_all or fs.remove
  local ok, message, code = remove(inside(self, path))
  local gone = code == "ENOENT" and options and options.recursive
  if not ok and not gone then
    path_error(self, "remove", path, message, code)
  end
end

local function file_info(path, stat)
  return {
    path = path,
    name = path:match("[^/]*$"),
    type = stat.type,
    size = stat.type == "file" and stat.size or nil,
    permissions = ("%03o"):format(stat.mode & 511),
    user_id = stat.uid,
    group_id = stat.gid,
  }
end

-- A shell pattern as a Lua one: * and ? do not match a slash.
local function as_lua(pattern)
  local escaped = pattern:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  return "^" .. escaped:gsub("%*", "[^/]*"):gsub("%?", "[^/]") .. "$"
end

function methods:list_files(path, options)
  self:reach("list_files", path)
  options = options or {}
  local real = inside(self, path)
  local stat, message, code = fs.lstat(real)
  if not stat then
    return path_error(self, "list", path, message, code)
  elseif options.itself or stat.type ~= "directory" then
    return { file_info(path, stat) }
  end
  local list = {}
  for _, name in ipairs(assert(fs.list(real))) do
    if not options.pattern or name:find(as_lua(options.pattern)) then
      local child = (path == "/" and "" or path) .. "/" .. name
      list[#list + 1] = file_info(child, assert(fs.lstat(real .. "/" .. name)))
    end
  end
  return list
end

---@param container testing.Container
function M.open(container)
  container.root = assert(fs.mkdtemp("/tmp/charm-spec-"))
  for path, text in pairs(container.state.files) do
    assert(fs.mkdirs(parent(container.root .. path)))
    assert(fs.write(container.root .. path, text))
  end
end

local function gather(container, folder, found)
  for _, name in ipairs(assert(fs.list(container.root .. folder))) do
    local path = folder .. "/" .. name
    local stat = assert(fs.lstat(container.root .. path))
    if stat.type == "directory" then
      gather(container, path, found)
    elseif stat.type == "file" then
      found[path] = assert(fs.read(container.root .. path))
    end
  end
  return found
end

---@param container testing.Container
function M.close(container)
  container.state.files = gather(container, "", {})
  assert(fs.remove_all(container.root))
end

return M
