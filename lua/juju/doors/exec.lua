-- SPDX-License-Identifier: Apache-2.0
-- Hook tools as the programs that Juju puts on a hook's PATH. Used by
-- juju.tool only, where the agent's socket cannot be had.
local proc = require "host.proc"

local M = {}

-- Linux gives one argument 128 KiB, its closing NUL included.
local MAX_ARGUMENT <const> = 131071

local MAX_OUTPUT <const> = 64 * 1024 * 1024

local Exec = {
  name = "exec",
  max_argument = MAX_ARGUMENT,
  exposes_arguments = true,
}
Exec.__index = Exec

---@param environ? table<string, string> of the tools, by default our own
---@return juju.Door
function M.open(environ)
  return setmetatable({ environ = environ }, Exec)
end

function Exec:call(name, args, stdin)
  local argv = table.move(args, 1, #args, 2, { name })
  local result, message, code = proc.run {
    argv = argv,
    env = self.environ,
    stdin = stdin,
    max_output = MAX_OUTPUT,
  }
  if not result then
    return nil, message, code
  elseif result.truncated then
    return nil, ("%s printed more than %d bytes"):format(name, MAX_OUTPUT),
      "too-large"
  elseif result.signal then
    return { code = 1, stdout = result.stdout,
      stderr = ("%sERROR killed by SIG%s\n"):format(result.stderr,
        result.signal) }
  end
  return { code = result.code, stdout = result.stdout, stderr = result.stderr }
end

function Exec:close() -- luacheck: no unused args
end

return M
