-- SPDX-License-Identifier: Apache-2.0
-- /v1/files: which action does what; folders made and paths removed.
local faults = require "lab.supervisor.files.fault"
local fs = require "host.fs"
local input = require "lab.supervisor.input"
local json = require "std.json"
local list = require "lab.supervisor.files.list"
local owner = require "lab.supervisor.files.owner"
local read = require "lab.supervisor.files.read"
local reply = require "lab.supervisor.reply"
local write = require "lab.supervisor.files.write"

local M = {}

local DIR_MODE <const> = tonumber("755", 8)

local READS <const> = { read = read.get, list = list.get }

---GET /v1/files
function M.get(request)
  local action <const> = request.query.action or ""
  local get <const> = READS[action]
    or reply.refuse(400, ("invalid action %q"):format(action))
  return get(request)
end

local function make_dir(item)
  local path <const>, fault <const> = item.path, faults.check_path(item.path)
  if fault then
    return fault
  end
  local mode, account, wrong
  mode, wrong = owner.mode(item.permissions, DIR_MODE)
  if not mode then
    return wrong
  end
  account, wrong = owner.resolve(item)
  if not account then
    return wrong
  end
  local clean <const> = path:gsub("(.)/+$", "%1")
  local make <const> = item["make-parents"] and owner.make_dirs
    or owner.make_dir
  local ok, message, code = make(clean, mode, account)
  return not ok and faults.new(message, code) or nil
end

local function remove(item)
  local fault <const> = faults.check_path(item.path)
  if fault then
    return fault
  end
  local ok, message, code
  if item.recursive then
    ok, message, code = fs.remove_all(item.path)
  else
    ok, message, code = fs.remove(item.path)
  end
  return not ok and faults.new(message, code) or nil
end

local ACTIONS <const> = {
  ["make-dirs"] = { field = "dirs", act = make_dir },
  remove = { field = "paths", act = remove },
}

---POST /v1/files
function M.post(request)
  local header <const> = request.headers["content-type"] or ""
  local kind <const> = header:lower():match("^%s*([^;%s]*)")
  if kind == "multipart/form-data" then
    return write.post(request)
  elseif kind ~= "application/json" then
    reply.refuse(400, ("invalid Content-Type %q"):format(header))
  end
  local body <const> = input.body(request)
  local action <const> = ACTIONS[body.action]
  if body.action == "write" then
    reply.refuse(400, "must use multipart with \"write\" action")
  elseif not action then
    reply.refuse(400, ("invalid action %q"):format(tostring(body.action)))
  end
  local results <const> = json.array()
  for index, item in ipairs(input.field(body, action.field, "array") or {}) do
    if type(item) ~= "table" then
      reply.refuse(400, ("each of %s must be an object"):format(action.field))
    end
    local path <const> = type(item.path) == "string" and item.path or ""
    results[index] = faults.result(path, action.act(item))
  end
  if #results == 0 then
    reply.refuse(400, "must specify one or more " .. action.field)
  end
  return reply.sync(results)
end

return M
