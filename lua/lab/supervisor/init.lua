-- SPDX-License-Identifier: Apache-2.0
-- `charmlab supervise`: what runs in a workload container in Pebble's place,
-- speaking its API on a socket until SIGTERM.
local api = require "lab.supervisor.api"
local clock = require "lab.supervisor.clock"
local daemons = require "lab.supervisor.daemon"
local fs = require "host.fs"
local http = require "lab.http"
local loops = require "lab.loop"
local net = require "host.lab.net"
local signals = require "host.lab.signals"
local sys = require "host.sys"

local M = {}

M.usage = [[
usage: charmlab supervise --socket PATH [--cwd DIR] [--verbose]
Answers Pebble's API on the socket PATH. Services start in DIR; --verbose
copies their output to standard output. SIGTERM stops them and ends it.]]

local SOCKET_MODE <const> = tonumber("666", 8)

local function parse(argv)
  local options <const>, index = {}, 1
  while index <= #argv do
    local word <const> = argv[index]
    if word == "--verbose" then
      options.verbose = true
    elseif word == "--socket" or word == "--cwd" then
      index = index + 1
      options[word:sub(3)] = argv[index]
    else
      return nil, ("unknown argument %q"):format(word)
    end
    index = index + 1
  end
  if not options.socket then
    return nil, "no --socket"
  end
  return options
end

local function echo(service, text)
  io.stdout:write(("%s [%s] %s\n"):format(
    clock.format_milliseconds(clock.now()), service, text))
  io.stdout:flush()
end

local function watch_signals(loop, daemon, source)
  while true do
    loop:readable(source:fd())
    if #assert(source:read()) > 0 then
      daemon:stop(0)
    end
  end
end

local function serve(options)
  local loop <const> = loops.new()
  local source <close> = assert(signals.block { "TERM", "INT" })
  local listener <close>, message = net.listen {
    path = options.socket,
    mode = SOCKET_MODE,
  }
  if not listener then
    return nil, message
  end
  local daemon <const> =
    daemons.new(loop, options.verbose and echo or nil)
  http.serve(loop, listener, api.handler(daemon))
  loop:spawn(watch_signals, loop, daemon, source)
  loop:run()
  fs.remove(options.socket)
  return daemon.exit_code or 0
end

---@param argv string[]
---@return integer exit code
function M.main(argv)
  local options, message = parse(argv)
  if not options then
    io.stderr:write(("cannot supervise: %s\n%s\n"):format(message, M.usage))
    return 2
  end
  local ok
  if options.cwd then
    ok, message = sys.chdir(options.cwd)
    if not ok then
      io.stderr:write(("cannot supervise: %s\n"):format(message))
      return 1
    end
  end
  sys.umask(tonumber("022", 8))
  local code
  code, message = serve(options)
  if not code then
    io.stderr:write(("cannot supervise: %s\n"):format(message))
    return 1
  end
  return code
end

return M
