-- SPDX-License-Identifier: Apache-2.0
-- The commands of a container in specs: what comes of them is what the spec's
-- `execs` say.
local json = require "std.json"

local M = {}

-- The answer with the longest prefix of the command.
local function answer_for(execs, argv)
  local best
  for _, exec in ipairs(execs or {}) do
    local prefix = exec.command_prefix
    local fits = #prefix <= #argv
    for i, word in ipairs(prefix) do
      fits = fits and argv[i] == word
    end
    if fits and (not best or #prefix > #best.command_prefix) then
      best = exec
    end
  end
  return best
end

local function text_of(stdin)
  if stdin == nil or type(stdin) == "string" then
    return stdin
  end
  local pieces = {}
  repeat
    local piece
    if type(stdin) == "function" then
      piece = stdin() or ""
    else
      piece = assert(stdin:read(65536))
    end
    pieces[#pieces + 1] = piece
  until piece == ""
  return table.concat(pieces)
end

---@class testing.Process
local Process = {}
Process.__index = Process

function Process:wait()
  local options = self.options
  if options.stdout then
    options.stdout(self.stdout)
  end
  if options.stderr then
    options.stderr(self.stderr)
  end
  if self.code ~= 0 then
    self.container:fail("pebble-exec", "run " .. self.argv[1],
      ("it ended with exit code %d"):format(self.code), {
        exit_code = self.code,
        command = self.argv,
        stdout = self.stdout,
        stderr = self.stderr,
      })
  end
end

function Process:wait_output()
  self:wait()
  return self.stdout, self.stderr
end

function Process:send_signal(signal)
  self.container:reach("send_signal", signal)
end

function Process.close() end
Process.__close = Process.close

---@param container testing.Container
---@param argv string[]
---@param options? pebble.ExecOptions
---@return testing.Process
function M.start(container, argv, options)
  options = options or {}
  local stdin = text_of(options.stdin)
  container:reach("exec", argv, options, stdin)
  local answer = answer_for(container.state.execs, argv)
  if not answer then
    container:fail("pebble-api", "run " .. argv[1],
      "the spec does not say what comes of " .. json.encode(argv),
      { status = 400 })
  end
  local code, stdout, stderr
  if answer.handler then
    code, stdout, stderr = answer.handler(argv, options, stdin)
  end
  return setmetatable({
    container = container,
    argv = argv,
    options = options,
    code = code or answer.return_code or 0,
    stdout = stdout or answer.stdout or "",
    stderr = stderr or answer.stderr or "",
  }, Process)
end

return M
