-- SPDX-License-Identifier: Apache-2.0
-- The daemon that the contract suite (tests/pebble) is about: the one whose
-- socket PEBBLE_SOCKET names, or the lab's own supervisor. Every answer is
-- held against the envelope, so that no case passes on a server that is not
-- Pebble. Uses nothing of lua/pebble.
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local peer = require "tests.support.peer"
local sys = require "host.sys"
local yaml = require "std.yaml"

local M = {}

local REASONS <const> = {
  [200] = "OK",
  [202] = "Accepted",
  [400] = "Bad Request",
  [401] = "Unauthorized",
  [403] = "Forbidden",
  [404] = "Not Found",
  [405] = "Method Not Allowed",
  [500] = "Internal Server Error",
  [502] = "Bad Gateway",
  [504] = "Gateway Timeout",
}
local JSON <const> = { ["Content-Type"] = "application/json" }
local POLL <const> = 0.01
local LIMIT <const> = 10

---@class tests.Contract
---@field socket string
---@field dir string a folder for files that everybody may read
---@field http host.http.client
local Contract = {}
Contract.__index = Contract

---Asks until `check` says something; a fault in it ends it at once.
---@generic T
---@param check fun(): T
---@param limit? number seconds
---@return T
function M.eventually(check, limit)
  local deadline = sys.monotonic() + (limit or LIMIT)
  repeat
    local found = check()
    if found then
      return found
    end
    sys.sleep(POLL)
  until sys.monotonic() > deadline
  return error("it never came true", 2)
end
Contract.eventually = M.eventually

---@return tests.Contract
function M.start()
  local self = setmetatable({
    dir = assert(fs.mkdtemp("/tmp/charmhost-contract-")),
    socket = sys.getenv "PEBBLE_SOCKET",
  }, Contract)
  assert(fs.chmod(self.dir, tonumber("755", 8)))
  if not self.socket then
    self.peer = peer.supervisor()
    self.socket = self.peer.socket
    assert(fs.chmod(self.peer.dir, tonumber("755", 8)))
  end
  self.http = http.client { socket = self.socket }
  M.eventually(function() -- a socket file is there before its listener
    return self.http:request { path = "/v1/system-info" }
  end)
  return self
end

function Contract:stop()
  self.http:close()
  if self.peer then
    self.peer:stop()
  end
  fs.remove_all(self.dir)
end

-- An answer in a failure's text.
local function shown(envelope)
  return json.encode(envelope):sub(1, 300)
end

local function hex(char)
  return ("%02x"):format(char:byte())
end

---A name that nothing else has used, in this run or another.
---@param prefix string
---@return string
function Contract.name(_, prefix)
  return prefix .. sys.random(4):gsub(".", hex)
end

---Holds an answer against the envelope that all of them have.
---@param status integer of HTTP
---@param body string
---@return table envelope
function M.check_envelope(status, body)
  local envelope = json.decode(body)
  local what = "not Pebble's envelope: " .. body:sub(1, 200)
  assert(type(envelope) == "table" and not json.is_array(envelope), what)
  assert(envelope["status-code"] == status, what)
  assert(envelope.status == REASONS[status], what)
  if envelope.type == "error" then
    assert(type(envelope.result.message) == "string", what)
  elseif envelope.type == "async" then
    assert(status == 202 and envelope.change:find "^%w+$", what)
  else
    assert(envelope.type == "sync" and status ~= 202, what)
  end
  return envelope
end

---@param method string
---@param path string
---@param body? table|string a table goes as JSON
---@param headers? table<string, string>
---@return table envelope
function Contract:ask(method, path, body, headers)
  local answer = assert(self.http:request {
    method = method,
    path = path,
    headers = headers or type(body) == "table" and JSON or nil,
    body = type(body) == "table" and json.encode(body) or body,
  })
  assert(answer.headers["content-type"] == "application/json",
    "the answer is not JSON")
  return M.check_envelope(answer.status, answer.body)
end

---A read that succeeds: its result.
---@param path string
---@return any result
function Contract:get(path)
  local envelope = self:ask("GET", path)
  assert(envelope.type == "sync" and envelope["status-code"] == 200,
    shown(envelope))
  return envelope.result
end

---A synchronous call that succeeds: its result.
---@param path string
---@param body table|string
---@return any result
function Contract:post(path, body)
  local envelope = self:ask("POST", path, body)
  assert(envelope.type == "sync" and envelope["status-code"] == 200,
    shown(envelope))
  return envelope.result
end

---A call that begins a change: its id and the result.
---@param path string
---@param body table|string
---@return string id
---@return any result
function Contract:begin(path, body)
  local envelope = self:ask("POST", path, body)
  assert(envelope.type == "async", shown(envelope))
  return envelope.change, envelope.result
end

---A call that is refused: how, with words of its message.
---@param status integer
---@param pattern string in the message
---@param method string
---@param path string
---@param body? table|string
---@return table failure {message, kind}
function Contract:refused(status, pattern, method, path, body)
  local envelope = self:ask(method, path, body)
  assert(envelope.type == "error", "not refused: " .. shown(envelope))
  assert(envelope["status-code"] == status, shown(envelope))
  assert(envelope.result.message:find(pattern), shown(envelope))
  return envelope.result
end

---@param id string
---@return table change that is ready
function Contract:wait(id)
  local change = self:get(("/v1/changes/%s/wait?timeout=20s"):format(id))
  assert(change.id == id and change.ready == true, json.encode(change))
  return change
end

---An action on services, to its end.
---@param action string
---@param ... string names
---@return table change
function Contract:act(action, ...)
  return self:wait((self:begin("/v1/services", {
    action = action,
    services = select("#", ...) > 0 and json.array { ... } or nil,
  })))
end

---An action on services that ends well.
---@param action string
---@param ... string names
---@return table change
function Contract:done(action, ...)
  local change = self:act(action, ...)
  assert(change.status == "Done" and not change.err, json.encode(change))
  return change
end

---Adds a layer, into the one of that label if there is one.
---@param text string YAML
---@param label? string
function Contract:layer(text, label)
  assert(self:post("/v1/layers", {
    action = "add",
    combine = true,
    label = label or "contract",
    format = "yaml",
    layer = text,
  }) == true)
end

---A layer that is refused.
---@param pattern string in the message
---@param text string YAML
---@param options? table more fields of the request
function Contract:layer_refused(pattern, text, options)
  local body = { action = "add", combine = true, format = "yaml",
    label = "contract", layer = text }
  for name, value in pairs(options or {}) do
    body[name] = value
  end
  self:refused(400, pattern, "POST", "/v1/layers", body)
end

---@return table plan decoded
---@return string text as it came
function Contract:plan()
  local text = self:get "/v1/plan?format=yaml"
  assert(type(text) == "string", "the plan is not a string")
  return assert(yaml.decode(text)), text
end

---The one entry of a list of services or checks.
---@param what "services"|"checks"
---@param name string
---@return table entry
function Contract:entry(what, name)
  local list = self:get(("/v1/%s?names=%s"):format(what, name))
  assert(#list == 1 and list[1].name == name, json.encode(list))
  return list[1]
end

---A path below the folder.
---@param name string
---@return string
function Contract:path(name)
  return self.dir .. "/" .. name
end

---Waits for a file that a command writes.
---@param name string
---@return string content
function Contract:written(name)
  return M.eventually(function()
    local text = fs.read(self:path(name))
    return text ~= "" and text
  end)
end

return M
