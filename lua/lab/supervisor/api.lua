-- SPDX-License-Identifier: Apache-2.0
-- Which request goes to which resource, who may make it, and the envelope of
-- what goes wrong. What Pebble has and this has not is refused by name.
local changes = require "lab.supervisor.changes_api"
local files = require "lab.supervisor.files"
local reply = require "lab.supervisor.reply"
local sys = require "host.sys"
local waits = require "lab.loop.wait"

local M = {}

---What system-info says; Juju 3.6 and 4.0 bring this Pebble.
M.VERSION = "v1.26.0"

local RANK <const> = { open = 0, untrusted = 0, metrics = 1, read = 2,
  admin = 3 }

local function system_info(daemon)
  return reply.sync { ["boot-id"] = daemon.boot_id, version = M.VERSION }
end

local function absent(what)
  return function()
    reply.refuse(400, what .. " is not supported by the lab's supervisor")
  end
end

-- Calls a method of one of the daemon's parts.
local function of(part, method)
  return function(daemon, ...)
    return daemon[part][method](daemon[part], ...)
  end
end

local function stateless(handler)
  return function(_, request) return handler(request) end
end

local ROUTES <const> = {
  { "^/v1/system%-info$", GET = { "open", system_info } },
  { "^/v1/health$", GET = { "open", of("checks", "health") } },
  { "^/v1/changes$", GET = { "read", changes.list } },
  { "^/v1/changes/(%w+)$", GET = { "read", changes.get },
    POST = { "admin", changes.post } },
  { "^/v1/changes/(%w+)/wait$", GET = { "read", changes.wait } },
  { "^/v1/layers$", POST = { "admin", of("plan", "post") } },
  { "^/v1/plan$", GET = { "read", of("plan", "get") } },
  { "^/v1/services$", GET = { "read", of("services", "list") },
    POST = { "admin", of("services", "post") } },
  { "^/v1/services/([^/]+)$", GET = { "read", absent("one service") } },
  { "^/v1/signals$", POST = { "admin", of("services", "signal") } },
  { "^/v1/files$", GET = { "admin", stateless(files.get) },
    POST = { "admin", stateless(files.post) } },
  { "^/v1/exec$", POST = { "admin", of("exec", "post") } },
  { "^/v1/tasks/(%w+)/websocket/(%w+)$",
    GET = { "admin", of("exec", "websocket") } },
  { "^/v1/logs$", GET = { "read", of("logs", "get") } },
  { "^/v1/checks$", GET = { "read", of("checks", "list") },
    POST = { "admin", of("checks", "post") } },
  { "^/v1/checks/refresh$", POST = { "admin", of("checks", "refresh") } },
  { "^/v1/notices$", GET = { "read", of("notices", "list") },
    POST = { "read", of("notices", "post") } },
  { "^/v1/notices/(%w+)$", GET = { "read", of("notices", "get") } },
  { "^/v1/identities$", GET = { "read", of("identities", "list") },
    POST = { "admin", of("identities", "post") } },
  { "^/v1/pairing$", POST = { "admin", absent("pairing") } },
  { "^/v1/metrics$", GET = { "metrics", absent("metrics") } },
}

-- An identity counts in place of what the user would be without.
local function level_of(daemon, request)
  local uid <const> = request.peer and request.peer.uid
  if not uid then
    return "open"
  end
  return daemon.identities:access_of(uid)
    or (uid == 0 or uid == sys.getuid()) and "admin" or "read"
end

local function dispatch(daemon, request)
  for _, route in ipairs(ROUTES) do
    local captures <const> =
      table.pack(request.path:match(route[1]))
    if captures[1] then
      local entry <const> = route[request.method]
        or reply.refuse(405, ("method %q not allowed"):format(request.method))
      if RANK[request.level] < RANK[entry[1]] then
        reply.refuse(401, "access denied", "login-required")
      end
      return entry[2](daemon, request, table.unpack(captures))
    end
  end
  return reply.refuse(404, "invalid API endpoint requested")
end

local function keep_trace(err)
  if err == waits.cancelled or reply.is_refusal(err) then
    return err
  end
  return { fault = err, trace = debug.traceback(tostring(err), 2) }
end

---@param daemon lab.supervisor.Daemon
---@return lab.http.Handler
function M.handler(daemon)
  return function(request)
    request.level = level_of(daemon, request)
    local ok <const>, answer <const> =
      xpcall(dispatch, keep_trace, daemon, request)
    if ok then
      return answer
    elseif answer == waits.cancelled then
      error(answer, 0)
    elseif reply.is_refusal(answer) then
      return reply.failure(answer)
    end
    daemon.loop.on_error(daemon.loop.current, answer.trace, answer.fault)
    return reply.failure { status = 500, message = "internal error" }
  end
end

return M
