-- SPDX-License-Identifier: Apache-2.0
-- Directories and names in the container; contents are pebble/transfer.lua.
-- What fails for a path is an error of the kind "pebble-path" with data.kind
-- as Pebble names it: "not-found", "permission-denied", "generic-file-error".
local errors = require "std.error"
local fields = require "pebble.fields"
local json = require "std.json"
local null = require "std.null"

local M = {}

local PATH_KINDS <const> = {
  ["not-found"] = true,
  ["permission-denied"] = true,
  ["generic-file-error"] = true,
}

---@class pebble.FileOptions
---@field make_dirs? boolean make the parents too
---@field permissions? string three octal digits, "644"
---@field user? string
---@field user_id? integer
---@field group? string
---@field group_id? integer

---@class pebble.FileInfo
---@field path string
---@field name string
---@field type string "file", "directory", "symlink", "socket", ...
---@field size? integer of a regular file
---@field permissions string
---@field last_modified string
---@field user_id? integer
---@field user? string
---@field group_id? integer
---@field group? string

local function path_error(client, tried, path, report)
  return errors.new {
    kind = "pebble-path",
    tried = client:describe(tried),
    happened = tostring(report.message or "no reason given"),
    data = { path = path, kind = report.kind, message = report.message },
  }
end

---A path goes into a line of the request, which it must not break.
---@param client pebble.Client
---@param tried string
---@param path string
---@return std.Error? err of the kind "pebble-path" with the kind "bad-path"
function M.refuse_breaks(client, tried, path)
  return path:find "[\r\n\0]" and path_error(client, tried, path, {
    kind = "bad-path",
    message = "the path holds a line break or a NUL",
  }) or nil
end

-- One error for all the paths that failed; the first one's words come first.
local function paths_error(client, tried, failed)
  local first = failed[1]
  local err = path_error(client, tried, first.path, first)
  if #failed > 1 then
    err.happened = ("%s: %s (and %d more)"):format(first.path, err.happened,
      #failed - 1)
  end
  err.data.failed = failed
  return err
end

---Pebble's reports on the paths that a call was about, each of which may have
---failed by itself.
---@param client pebble.Client
---@param tried string
---@param paths string[] in the order of the request
---@param list any the result of the call
---@return true?
---@return std.Error? err of the kind "pebble-path": data.path, data.kind and
---data.message are the first one's; all are in data.failed
function M.check_reports(client, tried, paths, list)
  local failed = {}
  for i, path in ipairs(paths) do
    local report = type(list) == "table" and list[i]
    if type(report) ~= "table" then
      return nil, client:failure(tried, "the answer does not report on "
        .. path, "protocol")
    elseif report.error and report.error ~= null then
      failed[#failed + 1] = {
        path = path,
        kind = report.error.kind,
        message = report.error.message,
      }
    end
  end
  if #failed > 0 then
    return nil, paths_error(client, tried, failed)
  end
  return true
end

local function permissions_of(options)
  local text = options.permissions
  if text == nil then
    return nil
  elseif type(text) ~= "string" or not text:find("^0?[0-7][0-7][0-7]$") then
    error(("permissions: a string of octal digits like \"644\" expected, "
      .. "got %s"):format(tostring(text)), 4)
  end
  return text:sub(-3)
end

---Adds what a new file or directory is to have.
---@param options pebble.FileOptions
---@param into table as Pebble wants it
---@return table into
function M.attributes(options, into)
  into.permissions = permissions_of(options)
  into.user = options.user
  into["user-id"] = options.user_id
  into.group = options.group
  into["group-id"] = options.group_id
  return into
end

---@param client pebble.Client
---@param path string
---@param options? {pattern?: string, itself?: boolean}
---@return pebble.FileInfo[]?
---@return std.Error? err
function M.list(client, path, options)
  options = options or {}
  local tried = ("list %s"):format(path)
  local list, err = client:get {
    tried = tried,
    path = "/v1/files",
    query = {
      action = "list",
      path = path,
      pattern = options.pattern,
      itself = options.itself and "true" or nil,
    },
  }
  if not list then
    if err and PATH_KINDS[err.data.kind] then
      err = path_error(client, tried, path, err.data)
    end
    return nil, err
  end
  local files = {}
  for i, item in ipairs(list) do
    files[i] = fields(item)
  end
  return files
end

---What a call was about, for messages: the path, or how many.
---@param verb string "read"
---@param paths string[]
---@return string
function M.summarize(verb, paths)
  return #paths == 1 and verb .. " " .. paths[1]
    or ("%s %d paths"):format(verb, #paths)
end

-- One call for several paths; `entry` makes an item of the request.
local function post(client, verb, request, list, entry)
  local paths, entries = {}, json.array()
  for i, item in ipairs(list) do
    paths[i] = type(item) == "string" and item or item.path
    entries[i] = entry(type(item) == "string" and {} or item, paths[i])
  end
  if #paths == 0 then
    return true
  end
  local tried = M.summarize(verb, paths)
  local result, err = client:post {
    tried = tried,
    path = "/v1/files",
    body = { action = request.action, [request.field] = entries },
  }
  if not result then
    return nil, err
  end
  return M.check_reports(client, tried, paths, result)
end

---@class pebble.DirOptions: pebble.FileOptions
---@field path? string
---@field make_parents? boolean its parents, too; then it may be there already

---Makes several directories in one call.
---@param client pebble.Client
---@param dirs (string|pebble.DirOptions)[]
---@return true?
---@return std.Error? err
function M.make_dirs(client, dirs)
  return post(client, "make the directory",
    { action = "make-dirs", field = "dirs" }, dirs, function(options, path)
      local dir = M.attributes(options, { path = path })
      dir["make-parents"] = options.make_parents or options.make_dirs or nil
      return dir
    end)
end

---Removes several files and directories in one call.
---@param client pebble.Client
---@param paths (string|{path: string, recursive?: boolean})[]
---@return true?
---@return std.Error? err
function M.remove_paths(client, paths)
  return post(client, "remove", { action = "remove", field = "paths" }, paths,
    function(options, path)
      return { path = path, recursive = options.recursive or nil }
    end)
end

-- The options of one path, with that path.
local function with_path(options, path)
  local result = { path = path }
  for name, value in pairs(options or {}) do
    result[name] = value
  end
  return result
end

---@param client pebble.Client
---@param path string
---@param options? pebble.DirOptions
---@return true?
---@return std.Error? err
function M.make_dir(client, path, options)
  return M.make_dirs(client, { with_path(options, path) })
end

---@param client pebble.Client
---@param path string
---@param options? {recursive?: boolean}
---@return true?
---@return std.Error? err
function M.remove(client, path, options)
  return M.remove_paths(client, { with_path(options, path) })
end

return M
