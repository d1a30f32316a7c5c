-- SPDX-License-Identifier: Apache-2.0
-- The methods of ops.Container that concern files. Failures raise
-- "pebble-path" errors with data.kind: "not-found", "permission-denied", ...
local lazy = require "std.lazy"
local errors = require "std.error"
local files = lazy "pebble.files"
local fs = require "host.fs"
local must = require "ops.must"
local sys = require "host.sys"
local transfer = lazy "pebble.transfer"

---@class ops.ContainerFiles
---@field pebble pebble.Client
local ContainerFiles = {}

local STRING_MAX <const> = 64 * 1024 * 1024

---Writes a file; readers see the old content or the new, nothing between.
---@param path string absolute
---@param source string|host.fs.file the content, or an open file
---@param options? pebble.FileOptions
function ContainerFiles:push(path, source, options)
  must(transfer.push(self.pebble, path, source, options))
end

local function too_large(self, path)
  return errors.new {
    kind = "pebble-path",
    tried = self.pebble:describe("read " .. path),
    happened = ("it has more than %d bytes"):format(STRING_MAX),
    hint = "pull it into a file: pull(path, { to = file_name })",
    data = { path = path, kind = "too-large" },
  }
end

local function pull_string(self, path)
  local parts, size = {}, 0
  local excess
  local ok, err = transfer.pull(self.pebble, path, function(data)
    size = size + #data
    if size > STRING_MAX then
      excess = too_large(self, path)
      return nil, excess.happened
    end
    parts[#parts + 1] = data
    return true
  end)
  must(ok, excess or err)
  return table.concat(parts)
end

local function local_error(self, path, message)
  return errors.new {
    kind = "pebble-path",
    tried = self.pebble:describe("read " .. path),
    happened = message,
    data = { path = path, kind = "local-file-error" },
  }
end

-- Into a new file beside the target, which takes its place when it is whole.
local function pull_to(self, path, target)
  local temporary = ("%s.%d.pull"):format(target, sys.getpid())
  fs.remove(temporary)
  local file <close>, message = fs.open(temporary, "wx")
  if not file then
    error(local_error(self, path, message), 0)
  end
  local ok, err = transfer.pull(self.pebble, path, file)
  if ok then
    ok, message = file:sync()
    if ok then
      ok, message = fs.rename(temporary, target)
    end
    err = not ok and local_error(self, path, message) or nil
  end
  if not ok then
    fs.remove(temporary)
    error(err, 0)
  end
end

---Reads a file: as a string, or streamed into a local file (which appears
---when it is whole), an open file or a function.
---@param path string absolute
---@param options? {to?: string, sink?: host.fs.file|fun(data: string)}
---@return string? content when neither `to` nor `sink` is given
function ContainerFiles:pull(path, options)
  options = options or {}
  local sink = options.sink
  if options.to then
    pull_to(self, path, options.to)
  elseif sink then
    must(transfer.pull(self.pebble, path,
      type(sink) == "function" and function(data)
        sink(data)
        return true
      end or sink))
  else
    return pull_string(self, path)
  end
end

---@param path string a directory, or a file
---@param options? {pattern?: string, itself?: boolean}
---@return pebble.FileInfo[] sorted by name
function ContainerFiles:list_files(path, options)
  return must(files.list(self.pebble, path, options))
end

local function info_of(self, path)
  local list, err = files.list(self.pebble, path, { itself = true })
  if not list and errors.is(err, "pebble-path")
    and err.data.kind == "not-found" then
    return nil
  end
  return must(list, err)[1]
end

---@param path string
---@return boolean
function ContainerFiles:exists(path)
  return info_of(self, path) ~= nil
end

---@param path string
---@return boolean
function ContainerFiles:isdir(path)
  local info = info_of(self, path)
  return info ~= nil and info.type == "directory"
end

---@param path string
---@param options? pebble.FileOptions with make_parents
function ContainerFiles:make_dir(path, options)
  must(files.make_dir(self.pebble, path, options))
end

---@param path string
---@param options? {recursive?: boolean}
function ContainerFiles:remove_path(path, options)
  must(files.remove(self.pebble, path, options))
end

return ContainerFiles
