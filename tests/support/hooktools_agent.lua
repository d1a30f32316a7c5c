-- SPDX-License-Identifier: Apache-2.0
-- A unit agent for specs: `charmlab script hooktools_agent.lua DIR`. Serves
-- DIR/agent.socket until its standard input ends. Answers come from
-- DIR/answers.json (by tool, a list used up in order, the last one stays),
-- read anew at each call; calls are noted in DIR/calls, one JSON line each.
local base64 = require "std.base64"
local fs = require "host.fs"
local json = require "std.json"
local loops = require "lab.loop"
local net = require "host.lab.net"
local server = require "lab.hooktools.server"

local dir <const> = arg[1]
local loop <const> = loops.new()
local used = {}

-- {drop=true} ends the connection, {error=text} is an rpc error.
local function answer_of(request)
  local all = json.decode(assert(fs.read(dir .. "/answers.json")))
  local list = all[request.command]
  if not list then
    return nil, server.unknown_command(request.command)
  end
  local key = all.round .. request.command
  used[key] = math.min((used[key] or 0) + 1, #list)
  local answer = list[used[key]]
  if answer.drop then
    error(loop.cancelled, 0)
  elseif answer.error then
    return nil, answer.error
  end
  return answer
end

-- The files that arguments name ("key#file=PATH"), as they are now.
local function files_of(args)
  local files = {}
  for _, word in ipairs(args) do
    local key, path = word:match "^([^=]+)#file=(.*)$"
    if key then
      local stat = assert(fs.stat(path))
      files[key] = { base64 = base64.encode(assert(fs.read(path))),
        path = path, mode = ("%o"):format(stat.mode & 511) }
    end
  end
  return next(files) and files or nil
end

local function handle(request)
  if request.args[#request.args] == "-" and not request.stdin_set then
    return nil, server.STDIN_REQUIRED
  end
  assert(fs.append(dir .. "/calls", json.encode {
    tool = request.command, args = json.array(request.args),
    stdin = request.stdin_set and request.stdin or nil,
    dir = request.dir, token = request.token,
    files = files_of(request.args),
  } .. "\n"))
  return answer_of(request)
end

loop:main(function()
  server.serve(loop, assert(net.listen { path = dir .. "/agent.socket" }), {
    context_id = "app/0-test-1", handler = handle,
  })
  io.stdout:write("ready\n")
  io.stdout:flush()
  assert(loop:readable(0))
end)
