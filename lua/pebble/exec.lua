-- SPDX-License-Identifier: Apache-2.0
-- Commands in the container. `start` opens the command and its streams;
-- the process then runs as its wait() pumps them (pebble/process.lua).
local client_module = require "pebble.client"
local process = require "pebble.process"

local M = {}

---@class pebble.ExecOptions
---@field timeout? number seconds for all of it, instead of the client's; below
---0: none
---@field drain? number seconds in which a process that it left behind may say
---nothing while it holds the output, default 10
---@field environment? table<string, string>
---@field working_dir? string
---@field user? string
---@field user_id? integer
---@field group? string
---@field group_id? integer
---@field service_context? string name of a service whose context it shares
---@field stdin? string|host.fs.file|fun(): string? the input; none: empty
---@field stdout? host.fs.file|fun(data: string) fed in wait(); none: captured
---@field stderr? host.fs.file|fun(data: string) fed in wait(); none: captured
---@field combine_stderr? boolean stderr goes where stdout does
---@field terminal? boolean its output is a terminal, with stderr in stdout
---@field interactive? boolean its input is the terminal, too
---@field width? integer columns of the terminal
---@field height? integer lines of the terminal
---@field max_output? integer bytes captured of each stream, default 16 MiB

local DRAIN <const> = 10

local function request_of(argv, options, timeout)
  local environment
  for name, value in pairs(options.environment or {}) do
    environment = environment or {}
    environment[name] = tostring(value)
  end
  return {
    command = argv,
    environment = environment,
    ["working-dir"] = options.working_dir,
    user = options.user,
    ["user-id"] = options.user_id,
    group = options.group,
    ["group-id"] = options.group_id,
    ["service-context"] = options.service_context,
    timeout = timeout and ("%dms"):format(math.ceil(timeout * 1000)) or nil,
    ["split-stderr"] = not options.combine_stderr,
    terminal = options.terminal,
    interactive = options.interactive,
    width = options.width,
    height = options.height,
  }
end

-- A terminal has one output.
local function with_defaults(options)
  local result = {}
  for name, value in pairs(options) do
    result[name] = value
  end
  result.combine_stderr = options.combine_stderr or options.terminal
  return result
end

local function check_argv(argv)
  if type(argv) ~= "table" or #argv == 0 then
    error("exec: a list of words expected, got " .. type(argv), 3)
  end
  for i, word in ipairs(argv) do
    if type(word) ~= "string" then
      error(("exec: word %d: string expected, got %s"):format(i, type(word)),
        3)
    end
  end
end

-- Opens the sockets; the command starts when stdio and stderr are there.
local function connect(client, tried, task, names)
  local conns = {}
  local base = "/v1/tasks/" .. client_module.encode(task) .. "/websocket/"
  for _, name in ipairs(names) do
    local conn, err = client:websocket(tried, base .. name)
    if not conn then
      for _, open in pairs(conns) do
        open:close()
      end
      return nil, err
    end
    conns[name] = conn
  end
  return conns
end

-- Must the end of the input be typed? Before 1.16 Pebble takes the terminal
-- away when it is told of the end, and the command gets a SIGHUP.
local function types_end(client, tried, options)
  if not options.interactive then
    return false
  end
  local _, err = client:need("1.16", tried)
  local old = err and err.data.kind == "unsupported"
  return old or false, not old and err or nil
end

---@param client pebble.Client
---@param argv string[]
---@param options? pebble.ExecOptions
---@return pebble.Process?
---@return std.Error? err
function M.start(client, argv, options)
  check_argv(argv)
  options = with_defaults(options or {})
  local timeout = options.timeout or client.exec_timeout
  timeout = timeout >= 0 and timeout or nil
  local tried = "run " .. argv[1]
  if options.service_context then
    -- an older Pebble would leave it aside without a word
    local ok, old = client:need("1.3", tried)
    if not ok then
      return nil, old
    end
  end
  local typed, unknown = types_end(client, tried, options)
  if unknown then
    return nil, unknown
  end
  local result, err, change = client:post {
    tried = tried,
    path = "/v1/exec",
    body = request_of(argv, options, timeout),
  }
  if not result then
    return nil, err
  elseif not change or type(result) ~= "table" or not result["task-id"] then
    return nil, client:failure(tried, "the answer names no task", "protocol")
  end
  local names = { "control", "stdio" }
  names[3] = not options.combine_stderr and "stderr" or nil
  local conns
  conns, err = connect(client, tried, result["task-id"], names)
  if not conns then
    return nil, process.why_not_started(client, tried, change, err)
  end
  return process.new {
    client = client,
    tried = tried,
    change = change,
    conns = conns,
    timeout = timeout,
    drain = options.drain or DRAIN,
    stdin = options.stdin,
    typed_end = typed,
    stdout = options.stdout,
    stderr = options.stderr,
    max_output = options.max_output,
  }
end

return M
