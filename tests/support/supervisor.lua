-- SPDX-License-Identifier: Apache-2.0
-- A supervisor of its own for a spec: this very binary, started on a socket
-- in a new folder, and its API as a client sees it. CHARMLAB_PEBBLE names a
-- real Pebble to run in its place, to compare the two.
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local proc = require "host.proc"
local sys = require "host.sys"
local ws = require "host.ws"
local poll = require "host.poll"

local M = {}
M.__index = M

local START_LIMIT <const> = 20

local function command_line(socket)
  local real <const> = sys.getenv("CHARMLAB_PEBBLE")
  if real then
    return { real, "run", "--create-dirs", "--hold" }
  end
  return { assert(sys.executable()), "supervise", "--socket", socket }
end

---@return table supervisor
function M.start()
  local self <const> = setmetatable({
    dir = assert(fs.mkdtemp("/tmp/supervisor-spec-")),
  }, M)
  self.socket = self.dir .. "/pebble.socket"
  local environment <const> = sys.environ()
  environment.PEBBLE, environment.PEBBLE_SOCKET = self.dir, self.socket
  self.process = assert(proc.spawn {
    argv = command_line(self.socket),
    env = environment,
    cwd = self.dir,
    stdout = "null",
    group = true,
  })
  local deadline <const> = sys.monotonic() + START_LIMIT
  self.client = http.client { socket = self.socket }
  while not self.client:request { path = "/v1/system-info" } do
    assert(sys.monotonic() < deadline, "the supervisor does not come up")
    sys.sleep(0.005)
  end
  return self
end

function M:stop()
  self.client:close()
  self.process:kill("TERM")
  local how <const> = self.process:wait(30)
  self.process:close()
  fs.remove_all(self.dir)
  return how
end

---One request; the answer's status and decoded envelope.
function M:ask(method, path, body, headers)
  local answer <const> = assert(self.client:request {
    method = method,
    path = path,
    headers = headers or { ["Content-Type"] = "application/json" },
    body = type(body) == "table" and json.encode(body) or body,
  })
  local envelope <const> = json.decode(answer.body)
  return answer.status, envelope and envelope.result, envelope or answer
end

---A request that must succeed; its result.
function M:get(path)
  local status <const>, result <const>, envelope <const> =
    self:ask("GET", path)
  assert(status == 200, json.encode(envelope))
  return result
end

function M:post(path, body)
  local status <const>, result <const>, envelope <const> =
    self:ask("POST", path, body)
  assert(status < 300, json.encode(envelope))
  return result, envelope
end

function M:wait(id)
  return self:get(("/v1/changes/%s/wait?timeout=20s"):format(id))
end

---An action on services, waited for; the change.
function M:act(action, ...)
  local names <const> = select("#", ...) > 0 and json.array { ... } or nil
  local _, envelope <const> = self:post("/v1/services",
    { action = action, services = names })
  return self:wait(envelope.change)
end

function M:layer(text, label)
  return self:post("/v1/layers", { action = "add", combine = true,
    label = label or "base", format = "yaml", layer = text })
end

---What a service's entry in the list says.
function M:current(name)
  local list <const> = self:get("/v1/services?names=" .. name)
  return list[1] and list[1].current
end

---Waits until check() is true.
function M.eventually(check, limit)
  local deadline <const> = sys.monotonic() + (limit or 10)
  while not check() do
    assert(sys.monotonic() < deadline, "it never came true")
    sys.sleep(0.01)
  end
end

local function read_end(streams)
  local entries <const> = {}
  for name, stream in pairs(streams) do
    if not stream.ended then
      entries[#entries + 1] = { fd = stream.conn:fd(), read = true,
        name = name, write = stream.conn:pending() > 0 }
    end
  end
  if #entries == 0 then
    return false
  end
  assert(poll.wait(entries, 20))
  for _, entry in ipairs(entries) do
    local stream <const> = streams[entry.name]
    stream.conn:flush()
    local data, kind, code = stream.conn:recv()
    while data do
      if kind == "binary" then
        stream.text = stream.text .. data
      end
      stream.ended = stream.ended or kind ~= "binary"
      data, kind, code = stream.conn:recv()
    end
    stream.ended = stream.ended or code ~= "again"
  end
  return true
end

---Connects one of an exec's sockets.
function M:stream(task, name)
  local conn, message, code, status, body = ws.connect {
    socket = self.socket,
    path = ("/v1/tasks/%s/websocket/%s"):format(task, name),
  }
  return conn, message, code, status, body
end

---Runs a command to its end: its change, stdout and stderr.
function M:exec(argv, options)
  options = options or {}
  local request <const> = { command = json.array(argv) }
  for name, value in pairs(options.request or {}) do
    request[name] = value
  end
  local result <const>, envelope <const> = self:post("/v1/exec", request)
  local task <const> = result["task-id"]
  local control <const> = assert(self:stream(task, "control"))
  local streams <const> = {
    stdio = { conn = assert(self:stream(task, "stdio")), text = "" },
  }
  if request["split-stderr"] then
    streams.stderr = { conn = assert(self:stream(task, "stderr")), text = "" }
  end
  if options.stdin then
    streams.stdio.conn:send(options.stdin, "binary")
  end
  if not options.hold then
    streams.stdio.conn:send('{"command":"end"}', "text")
  end
  streams.stdio.conn:flush()
  if options.on_start then
    options.on_start(control, envelope.change)
  end
  repeat
    local more <const> = read_end(streams)
  until not more
  -- A control connection that drops kills the command: it may still be on its
  -- way out when its output has ended.
  local change <const> = self:wait(envelope.change)
  control:close()
  for _, stream in pairs(streams) do
    stream.conn:close()
  end
  return change, streams.stdio.text, streams.stderr and streams.stderr.text
end

return M
