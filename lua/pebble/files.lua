-- SPDX-License-Identifier: Apache-2.0
-- Directories and names in the container; contents are pebble/transfer.lua.
-- What fails for a path is an error of the kind "pebble-path" with data.kind
-- as Pebble names it: "not-found", "permission-denied", "generic-file-error".
local errors = require "std.error"
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

---Pebble's report on the one path that a call was about.
---@param client pebble.Client
---@param tried string
---@param path string
---@param list any the result of the call
---@return true?
---@return std.Error? err
function M.check_report(client, tried, path, list)
  local report = type(list) == "table" and list[1]
  if type(report) ~= "table" then
    return nil, client:failure(tried, "the answer does not report on it",
      "protocol")
  elseif report.error and report.error ~= null then
    return nil, path_error(client, tried, path, report.error)
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

local function file_info(item)
  return {
    path = item.path,
    name = item.name,
    type = item.type,
    size = item.size,
    permissions = item.permissions,
    last_modified = item["last-modified"],
    user_id = item["user-id"],
    user = item.user,
    group_id = item["group-id"],
    group = item.group,
  }
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
    files[i] = file_info(item)
  end
  return files
end

local function post(client, tried, path, body)
  local result, err = client:post {
    tried = tried,
    path = "/v1/files",
    body = body,
  }
  if not result then
    return nil, err
  end
  return M.check_report(client, tried, path, result)
end

---@param client pebble.Client
---@param path string
---@param options? pebble.FileOptions with make_dirs as make_parents
---@return true?
---@return std.Error? err
function M.make_dir(client, path, options)
  options = options or {}
  local dir = M.attributes(options, { path = path })
  dir["make-parents"] = options.make_parents or options.make_dirs or nil
  return post(client, "make the directory " .. path, path,
    { action = "make-dirs", dirs = json.array { dir } })
end

---@param client pebble.Client
---@param path string
---@param options? {recursive?: boolean}
---@return true?
---@return std.Error? err
function M.remove(client, path, options)
  local recursive = options and options.recursive or nil
  return post(client, "remove " .. path, path, {
    action = "remove",
    paths = json.array { { path = path, recursive = recursive } },
  })
end

return M
