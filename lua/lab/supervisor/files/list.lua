-- SPDX-License-Identifier: Apache-2.0
-- GET /v1/files?action=list: what is in a folder. Failures refuse the request.
local faults = require "lab.supervisor.files.fault"
local fs = require "host.fs"
local glob = require "lab.supervisor.files.glob"
local input = require "lab.supervisor.input"
local json = require "std.json"
local reply = require "lab.supervisor.reply"
local sys = require "host.sys"
local time = require "std.time"

local M = {}

local STATUS <const> = { ["not-found"] = 404, ["permission-denied"] = 403 }

local function refuse(fault)
  reply.refuse(STATUS[fault.kind] or 400, fault.message, fault.kind)
end

local function describe(path, stat)
  local user <const>, group <const> = sys.getpwuid(stat.uid),
    sys.getgrgid(stat.gid)
  return {
    path = path,
    name = path:match("([^/]*)$") ~= "" and path:match("([^/]*)$") or "/",
    type = stat.type,
    size = stat.type == "file" and stat.size or nil,
    permissions = ("%03o"):format(stat.mode & 511),
    ["last-modified"] = time.rfc3339(stat.mtime),
    ["user-id"] = stat.uid,
    user = user and user.name,
    ["group-id"] = stat.gid,
    group = group and group.name,
  }
end

local function list_folder(path, pattern)
  local names, message, code = fs.list(path)
  if not names then
    refuse(faults.new(message, code))
  end
  local list <const> = json.array()
  for _, name in ipairs(names) do
    if not pattern or pattern == "" or glob.matches(pattern, name) then
      local child <const> = path:gsub("/+$", "") .. "/" .. name
      local stat
      stat, message, code = fs.lstat(child)
      if not stat then
        refuse(faults.new(message, code))
      end
      list[#list + 1] = describe(child, stat)
    end
  end
  return list
end

---@param request lab.http.Request
---@return lab.http.Response
function M.get(request)
  local path <const>, pattern <const> = request.query.path,
    request.query.pattern
  local itself <const> = input.flag(request, "itself")
  if not path or path == "" then
    reply.refuse(400, "must specify path")
  end
  local fault <const> = faults.check_path(path)
  if fault then
    refuse(fault)
  elseif pattern and not glob.is_valid(pattern) then
    refuse(faults.new("syntax error in pattern"))
  end
  local stat, message, code = fs.stat(path)
  if not stat then
    return refuse(faults.new(message, code))
  elseif itself or stat.type ~= "directory" then
    local clean <const> = #path > 1 and path:gsub("/+$", "") or path
    local name <const> = clean:match("([^/]*)$")
    local hidden <const> = pattern and pattern ~= ""
      and not glob.matches(pattern, name)
    return reply.sync(json.array(hidden and {} or { describe(clean, stat) }))
  end
  return reply.sync(list_folder(path, pattern))
end

return M
