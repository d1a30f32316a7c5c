-- SPDX-License-Identifier: Apache-2.0
-- charmlab under the name of a hook tool: what Juju's own client does. Calls
-- the unit agent that the environment names, gives it standard input only if
-- asked for it, prints what it answers and ends with its code.
local rpc = require "host.rpc"
local sys = require "host.sys"

local M = {}

-- Every name under which Juju 2.9, 3.6 or 4 installs its client.
local NAMES <const> = {}
for name in ([[
  action-fail action-get action-log action-set add-metric
  application-version-set close-port config-get credential-get goal-state
  is-leader juju-log juju-reboot k8s-raw-get k8s-raw-set k8s-spec-get k8s-spec-set leader-get
  leader-set network-get open-port opened-ports payload-register
  payload-status-set payload-unregister pod-spec-get pod-spec-set relation-get
  relation-ids relation-list relation-model-get relation-set resource-get
  secret-add secret-get secret-grant secret-ids secret-info-get secret-remove
  secret-revoke secret-set state-delete state-get state-set status-get
  status-set storage-add storage-get storage-list unit-get]]):gmatch "%S+" do
  NAMES[name] = true
end

local STDIN_REQUIRED <const> = "hook tool requires stdin, none supplied"

--- The hook tool that a program name stands for.
---@param program? string argv[0]
---@return string? name
function M.tool_name(program)
  local name = (program or ""):match("[^/]*$")
  return NAMES[name] and name or nil
end

local function fail(text)
  io.stderr:write("ERROR ", text, "\n")
  return 1
end

-- Go's words for a failed connection.
local function dial_error(address, message)
  local why = message:match("([^:]*)$"):lower():gsub("^%s+", "")
  return ("dial unix %s: connect: %s"):format(address, why)
end

local function call(conn, request)
  local result, message, code = conn:call(request)
  if code == "rpc" and message == STDIN_REQUIRED and not request.stdin then
    request.stdin = io.read("a") or ""
    result, message, code = conn:call(request)
  end
  if not result then
    return nil, code == "rpc" and message or "unexpected EOF"
  end
  return result
end

-- Their values; or nil and which one is missing.
local function environment(...)
  local values = {}
  for i, name in ipairs { ... } do
    values[i] = sys.getenv(name)
    if not values[i] then
      return nil, name .. " not set"
    end
  end
  return values
end

---@param argv string[] argv[0] is the tool's name or ends with it
---@return integer exit code
function M.main(argv)
  local found, missing = environment("JUJU_CONTEXT_ID",
    "JUJU_AGENT_SOCKET_ADDRESS", "JUJU_AGENT_SOCKET_NETWORK")
  if not found then
    return fail(missing)
  end
  local context_id, address, network = table.unpack(found)
  local conn <close>, message = rpc.connect(network, address)
  if not conn then
    return fail(dial_error(address, message))
  end
  local result, why = call(conn, {
    context_id = context_id,
    dir = sys.getcwd(),
    command = M.tool_name(argv[0]),
    args = table.move(argv, 1, #argv, 1, {}),
    token = sys.getenv "JUJU_AGENT_TOKEN",
  })
  if not result then
    return fail(why)
  end
  io.stdout:write(result.stdout)
  io.stderr:write(result.stderr)
  return result.code
end

return M
