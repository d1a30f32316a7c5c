-- SPDX-License-Identifier: Apache-2.0
-- One hook tool call as the agent sees it: its fields from the decoded gob
-- value, and the checks that come before the tool runs. Pure; used by
-- lab.hooktools.server.
local M = {}

---@param name string
---@return string error text for a tool this Juju has not
function M.unknown_command(name)
  return "bad request: unknown command: " .. name
end

---@class hooktools.Request
---@field context_id string
---@field dir string the client's working directory, absolute
---@field command string
---@field args string[] without the tool's name
---@field stdin_set boolean
---@field stdin string "" unless stdin_set

local FIELDS <const> = {
  { "ContextId", "context_id", "" }, { "Dir", "dir", "" },
  { "CommandName", "command", "" }, { "StdinSet", "stdin_set", false },
  { "Stdin", "stdin", "" }, { "Token", "token", "" },
}

--- The request of a decoded body, or nil when its fields have other types.
---@param body table
---@return table?
function M.parse(body)
  local request = {}
  for _, row in ipairs(FIELDS) do
    local value = body[row[1]]
    if value == nil then value = row[3] end
    if type(value) ~= type(row[3]) then return nil end
    request[row[2]] = value
  end
  request.args = body.Args or {}
  if type(request.args) ~= "table" then return nil end
  for _, arg in ipairs(request.args) do
    if type(arg) ~= "string" then return nil end
  end
  return request
end

local function method_error(name)
  local service, method = name:match("^(.*)%.([^.]*)$")
  if not service then
    return "rpc: service/method request ill-formed: " .. name
  elseif service ~= "Jujuc" then
    return "rpc: can't find service " .. name
  elseif method ~= "Main" then
    return "rpc: can't find method " .. name
  end
end

--- What the agent checks before a tool runs, in the agent's order.
---@param options hooktools.Options
---@param method string
---@param request table
---@return string? error text
function M.check(options, method, request)
  local wrong = method_error(method)
  if wrong then return wrong end
  if request.token ~= (options.token or "") then
    return "bad request: token does not match"
  elseif request.command == "" then
    return "bad request: command not specified"
  elseif request.dir:sub(1, 1) ~= "/" then
    return "bad request: Dir is not absolute"
  elseif request.context_id ~= options.context_id then
    return ('bad request: wrong context ID; got "%s"')
      :format(request.context_id)
  elseif options.knows and not options.knows(request.command) then
    return M.unknown_command(request.command)
  end
end

return M
