-- SPDX-License-Identifier: Apache-2.0
-- GET /v1/files?action=read: files as multipart parts in constant memory, and
-- at the end what became of each.
local faults = require "lab.supervisor.files.fault"
local fs = require "host.fs"
local json = require "std.json"
local reply = require "lab.supervisor.reply"
local sys = require "host.sys"

local M = {}

local PIECE <const> = 65536

local function hex(bytes)
  return (bytes:gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

local function open_regular(path)
  local fault <const> = faults.check_path(path)
  if fault then
    return nil, fault
  end
  local stat, message, code = fs.stat(path)
  if not stat then
    return nil, faults.new(message, code)
  elseif stat.type ~= "file" then
    return nil, faults.new(("cannot read %s: not a regular file: %s")
      :format(stat.type, path))
  end
  local file
  file, message, code = fs.open(path, "r")
  if not file then
    return nil, faults.new(message, code)
  end
  return file
end

-- The client may have gone: then the rest is not read either.
local function copy(file, writer)
  while not writer.failed do
    local data, message, code = file:read(PIECE)
    if not data then
      return faults.new(message, code)
    elseif data == "" then
      return nil
    end
    writer:write(data)
  end
end

local function send_file(path, boundary, separator, writer)
  local file <close>, fault = open_regular(path)
  if not file then
    return false, fault
  end
  writer:write(separator .. "--" .. boundary .. "\r\n"
    .. 'Content-Disposition: form-data; name="files"; filename="'
    .. path:gsub('[\\"]', "\\%0") .. '"\r\n'
    .. "Content-Type: application/octet-stream\r\n\r\n")
  return true, copy(file, writer)
end

local function send_all(paths, boundary, writer)
  local results <const>, separator = json.array(), ""
  for index, path in ipairs(paths) do
    local sent, fault = send_file(path, boundary, separator, writer)
    results[index] = faults.result(path, fault)
    separator = sent and "\r\n" or separator
  end
  writer:write(separator .. "--" .. boundary .. "\r\n"
    .. 'Content-Disposition: form-data; name="response"\r\n'
    .. "Content-Type: application/json\r\n\r\n"
    .. json.encode(reply.envelope(results)) .. "\n\r\n--" .. boundary
    .. "--\r\n")
end

---@param request lab.http.Request
---@return lab.http.Response
function M.get(request)
  local paths <const> = request.queries.path
  if not paths then
    reply.refuse(400, "must specify one or more paths")
  elseif request.headers.accept ~= "multipart/form-data" then
    reply.refuse(400, 'must accept multipart/form-data')
  end
  local boundary <const> = hex(assert(sys.random(30)))
  return {
    headers = {
      ["content-type"] = "multipart/form-data; boundary=" .. boundary,
    },
    body = function(writer) send_all(paths, boundary, writer) end,
  }
end

return M
