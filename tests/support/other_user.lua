-- SPDX-License-Identifier: Apache-2.0
-- Another user (nobody) who speaks to a daemon, where the specs run as root:
-- a copy of this program, which `setpriv` gives that user's ids.
local contract = require "tests.support.contract"
local fs = require "host.fs"
local json = require "std.json"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

M.UID = 65534

local SCRIPT <const> = [[
local http = require "host.http"
local json = require "std.json"
local request = json.decode(io.read "a")
local answer = assert(http.client { socket = request.socket }:request(request))
io.write(json.encode { status = answer.status, body = answer.body })
]]

local function argv(dir)
  return { "setpriv", "--reuid", tostring(M.UID), "--regid", tostring(M.UID),
    "--clear-groups", dir .. "/ask", "script", dir .. "/ask.lua" }
end

---@return boolean possible does this machine let us be somebody else?
function M.is_possible()
  local result = sys.getuid() == 0 and proc.run {
    argv = { "setpriv", "--reuid", "65534", "--clear-groups", "true" },
  }
  return result and result.code == 0
end

---@param pebble tests.Contract
---@return fun(method: string, path: string, body?: table): table ask
function M.new(pebble)
  local dir = pebble:path "other-user"
  assert(fs.mkdir(dir, tonumber("755", 8)))
  assert(fs.write(dir .. "/ask", assert(fs.read(sys.executable())),
    { mode = tonumber("755", 8) }))
  assert(fs.write(dir .. "/ask.lua", SCRIPT, { mode = tonumber("644", 8) }))
  return function(method, path, body)
    local result = assert(proc.run {
      argv = argv(dir),
      stdin = json.encode {
        socket = pebble.socket,
        method = method,
        path = path,
        body = body and json.encode(body) or nil,
        headers = { ["Content-Type"] = "application/json" },
      },
      timeout = 20,
    })
    assert(result.code == 0, result.stderr)
    local answer = assert(json.decode(result.stdout))
    return contract.check_envelope(answer.status, answer.body)
  end
end

return M
