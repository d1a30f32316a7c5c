-- SPDX-License-Identifier: Apache-2.0
-- Hook tools as the programs that Juju puts on a hook's PATH. Used by
-- juju.tool only, where the agent's socket cannot be had.
local proc = require "host.proc"

local M = {}

-- Linux gives one argument 128 KiB, its closing NUL included.
local MAX_ARGUMENT <const> = 131071

local Exec = { name = "exec", max_argument = MAX_ARGUMENT }
Exec.__index = Exec

---@return juju.Door
function M.open()
  return setmetatable({}, Exec)
end

function Exec:call(name, args, stdin)
  local argv = table.move(args, 1, #args, 2, { name })
  local result, message, code = proc.run { argv = argv, stdin = stdin }
  if not result then
    return nil, message, code
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
