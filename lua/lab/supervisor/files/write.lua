-- SPDX-License-Identifier: Apache-2.0
-- POST /v1/files with multipart: files written in constant memory, each beside
-- its target and then renamed over it, so that readers see old or new.
local faults = require "lab.supervisor.files.fault"
local fs = require "host.fs"
local input = require "lab.supervisor.input"
local json = require "std.json"
local multipart = require "lab.http.multipart"
local owner = require "lab.supervisor.files.owner"
local reply = require "lab.supervisor.reply"
local sys = require "host.sys"

local M = {}

local REQUEST_MAX <const> = 1 << 20
local FILE_MODE <const> = tonumber("644", 8)
local DIR_MODE <const> = tonumber("755", 8)
local BOUNDARY_MIN <const> = 32

local function read_part(parts, max)
  local pieces <const>, size = {}, 0
  while true do
    local data, message = parts:read()
    if not data then
      reply.refuse(400, "cannot read the request part: " .. message)
    elseif data == "" then
      return table.concat(pieces)
    end
    size = size + #data
    if size > max then
      reply.refuse(400, "the request part is too large")
    end
    pieces[#pieces + 1] = data
  end
end

local function read_request(parts)
  local part, message = parts:next()
  if not part or part.name ~= "request" then
    reply.refuse(400, message or 'the first part must be named "request"')
  end
  local body <const> = input.decode(read_part(parts, REQUEST_MAX))
  if body.action ~= "write" then
    reply.refuse(400, ("multipart action must be \"write\", not %q")
      :format(tostring(body.action)))
  end
  local by_path <const> = {}
  local files <const> = input.field(body, "files", "array") or {}
  if #files == 0 then
    reply.refuse(400, "must specify one or more files")
  end
  for _, item in ipairs(files) do
    if type(item) ~= "table" or type(item.path) ~= "string" then
      reply.refuse(400, "each file must have a path")
    end
    by_path[item.path] = item
  end
  return files, by_path
end

local function prepare(item)
  local fault = faults.check_path(item.path)
  if not fault and item.path:find("*", 1, true) then
    fault = faults.new(("cannot write %q: a name with *"):format(item.path))
  end
  if fault then
    return nil, fault
  end
  local mode, account
  mode, fault = owner.mode(item.permissions, FILE_MODE)
  if not mode then
    return nil, fault
  end
  account, fault = owner.resolve(item)
  if not account then
    return nil, fault
  end
  if item["make-dirs"] then
    local parent <const> = item.path:match("^(.*)/[^/]*$")
    local ok, message, code = owner.make_dirs(parent == "" and "/" or parent,
      DIR_MODE, account)
    if not ok then
      return nil, faults.new(message, code)
    end
  end
  return { path = item.path, mode = mode, account = account }
end

local function copy(parts, file)
  while true do
    local data, message = parts:read()
    if not data then
      -- The connection broke off: there is nobody left to tell.
      reply.refuse(400, "cannot read the file's content: " .. message)
    elseif data == "" then
      return true
    end
    local ok, code
    ok, message, code = file:write(data)
    if not ok then
      return nil, message, code
    end
  end
end

local function put_in_place(target, temporary, file)
  local ok, message, code = owner.apply(temporary, target.mode,
    target.account)
  if ok then
    ok, message, code = file:sync()
  end
  if ok then
    ok, message, code = fs.rename(temporary, target.path)
  end
  if ok then
    ok, message, code = fs.sync(target.path:match("^(.*/)[^/]*$"))
  end
  return ok, message, code
end

-- Whatever ends the writing early, an error raised included, leaves nothing.
local function write_file(target, parts)
  local temporary <const> = ("%s.%d%s~"):format(target.path, sys.getpid(),
    tostring(target):match("0x(%x+)"))
  local file <close>, message, code = fs.open(temporary, "wx",
    tonumber("600", 8))
  if not file then
    return faults.new(message, code)
  end
  local guard <close> = setmetatable({}, {
    __close = function(self)
      if not self.kept then
        fs.remove(temporary)
      end
    end,
  })
  local ok
  ok, message, code = copy(parts, file)
  if ok then
    ok, message, code = put_in_place(target, temporary, file)
  end
  guard.kept = ok
  return not ok and faults.new(message, code) or nil
end

local function write_part(part, parts, by_path)
  local item <const> = by_path[part.filename]
  if part.name ~= "files" then
    reply.refuse(400, ("unexpected part %q"):format(part.name or ""))
  elseif not item then
    reply.refuse(400, ("no metadata for path %q"):format(part.filename or ""))
  end
  local target, fault = prepare(item)
  return item.path, target and write_file(target, parts) or fault
end

---@param request lab.http.Request
---@return lab.http.Response
function M.post(request)
  local boundary <const> =
    multipart.boundary(request.headers["content-type"])
  if not boundary or #boundary < BOUNDARY_MIN then
    reply.refuse(400, ("invalid boundary %q"):format(boundary or ""))
  end
  local parts <const> = multipart.new(function()
    return request.body:read()
  end, boundary)
  local files <const>, by_path <const> = read_request(parts)
  local faults_by_path <const> = {}
  while true do
    local part, message = parts:next()
    if not part and message then
      reply.refuse(400, "cannot read the next part: " .. message)
    elseif not part then
      break
    end
    local path <const>, fault <const> = write_part(part, parts, by_path)
    faults_by_path[path] = fault or false
  end
  local results <const> = json.array()
  for index, item in ipairs(files) do
    local fault = faults_by_path[item.path]
    if fault == nil then
      fault = faults.new(("no file content for path %q"):format(item.path))
    end
    results[index] = faults.result(item.path, fault or nil)
  end
  return reply.sync(results)
end

return M
