-- SPDX-License-Identifier: Apache-2.0
-- POST /v1/exec, and the web sockets that an exec's streams go over.
local accounts = require "lab.supervisor.accounts"
local fs = require "host.fs"
local input = require "lab.supervisor.input"
local launch = require "lab.supervisor.launch"
local reply = require "lab.supervisor.reply"
local sessions = require "lab.supervisor.exec.session"
local websocket = require "lab.http.websocket"
local ws = require "host.ws"

local M = {}
M.__index = M

local ACCOUNT <const> = { ["user-id"] = "integer", user = "string",
  ["group-id"] = "integer", group = "string" }

---@class lab.supervisor.Exec
---@field sessions table<string, lab.supervisor.ExecSession> by task id

---@param daemon lab.supervisor.Daemon
---@return lab.supervisor.Exec
function M.new(daemon)
  return setmetatable({ daemon = daemon, sessions = {} }, M)
end

local function find_context(self, name)
  if not name or name == "" then
    return {}
  end
  return self.daemon.plan.combined.services[name]
    or reply.refuse(400, ("context service %q not found"):format(name))
end

-- The request's account, or else the context's: never half of each.
local function find_account(body, context)
  local want, given = {}, false
  for name, kind in pairs(ACCOUNT) do
    want[name] = input.field(body, name, kind)
    given = given or want[name] ~= nil
  end
  local account, message = accounts.resolve(given and want or context)
  local prefix
  if account then
    prefix, message = accounts.prefix(account)
  end
  if not prefix then
    reply.refuse(400, message)
  end
  return account
end

local function find_environment(body, context, account)
  local own <const> = launch.environment(context.environment,
    input.field(body, "environment", "map"))
  if account.uid then
    local set <const> = body.environment or {}
    own.HOME = set.HOME or account.home or own.HOME
    own.USER = set.USER or account.name or own.USER
  end
  own.PATH = own.PATH or launch.PATH
  own.LANG = own.LANG or "C.UTF-8"
  return own
end

local function find_folder(body, context, environment)
  local wanted <const> = input.field(body, "working-dir", "string")
  local folder = wanted ~= "" and wanted or context["working-dir"]
  if folder then
    local stat <const> = fs.stat(folder)
    if not stat or stat.type ~= "directory" then
      reply.refuse(500, ("cannot find working directory %q"):format(folder))
    end
    return folder
  end
  folder = environment.HOME
  local stat <const> = folder and fs.stat(folder)
  return stat and stat.type == "directory" and folder or "/"
end

local function find_terminal(body)
  local wanted <const> = input.field(body, "terminal", "boolean")
  local terminal <const> = {
    interactive = input.field(body, "interactive", "boolean") or false,
    width = input.field(body, "width", "integer"),
    height = input.field(body, "height", "integer"),
  }
  if terminal.interactive and not wanted then
    reply.refuse(500,
      "cannot call exec: interactive mode needs a terminal")
  end
  return wanted and terminal or nil
end

local function read_spec(self, body)
  local argv <const> = input.field(body, "command", "strings") or {}
  if #argv == 0 then
    reply.refuse(400, "must specify command")
  elseif not launch.exists(argv[1]) then
    reply.refuse(400, ("cannot find executable %q"):format(argv[1]))
  end
  local timeout <const> = input.field(body, "timeout", "string")
  local context <const> =
    find_context(self, input.field(body, "service-context", "string"))
  local account <const> = find_account(body, context)
  local environment <const> = find_environment(body, context, account)
  local seconds <const> = timeout and timeout ~= ""
    and input.duration(timeout, "timeout") or 0
  local terminal <const> = find_terminal(body)
  return {
    argv = argv,
    account = account,
    environment = environment,
    cwd = find_folder(body, context, environment),
    timeout = seconds > 0 and seconds or nil,
    split = input.field(body, "split-stderr", "boolean") or false,
    terminal = terminal,
  }
end

---POST /v1/exec
function M:post(request)
  local spec <const> = read_spec(self, input.body(request))
  local session <const> = sessions.new(self.daemon.loop, spec)
  local change <const> = self.daemon.changes:add({
    kind = "exec",
    summary = ("Execute command %q"):format(spec.argv[1]),
  }, { {
    kind = "exec",
    summary = ("exec command %q"):format(spec.argv[1]),
    run = function(task)
      local ok, message = session:run(task)
      self.sessions[task.id] = nil
      return ok, message
    end,
    abort = function() session:abort() end,
  } })
  local task <const> = change.tasks[1]
  self.sessions[task.id] = session
  return reply.async(change, {
    ["task-id"] = task.id,
    environment = spec.environment,
    ["working-dir"] = spec.cwd,
  })
end

---GET /v1/tasks/TASK/websocket/NAME
function M:websocket(request, id, name)
  local task <const> = self.daemon.changes.tasks[id]
    or reply.refuse(404, ("cannot find task %q"):format(id))
  local session <const> = self.sessions[id]
  if task:is_ready() then
    reply.refuse(500, task.err or "the task has ended")
  elseif not session or not session.expects[name] then
    reply.refuse(404, ("cannot find websocket %q of task %s")
      :format(name, id))
  elseif session.conns[name] then
    reply.refuse(500, ("websocket %q is connected already"):format(name))
  end
  local answer, message = websocket.accept(request, function(fd, buffered)
    session:connect(name,
      assert(ws.adopt(fd, { role = "server", buffered = buffered })))
  end)
  return answer or reply.refuse(400, message)
end

return M
