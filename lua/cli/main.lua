-- SPDX-License-Identifier: Apache-2.0
-- charmhost's command line: what each way of calling it does. Called as a
-- charm's `dispatch` it runs one Juju event.
local M = {}

-- Loaded when used: a dispatch pays for nothing but itself.
local COMMANDS <const> = {
  deferred = "cli.deferred",
  pack = "cli.pack",
  run = "cli.run",
  test = "cli.test",
}

local USAGE <const> = [[
usage: charmhost run FILE [ARG...]     run a Lua script in the host
       charmhost test PATH...          run busted-style specs
       charmhost pack DIR [-o FILE]    pack a charm's folder as a .charm
       charmhost deferred [--json]     list a unit's deferred events
Juju runs it under the name `dispatch`, for one event of the charm whose
folder it lies in; there `./dispatch deferred` is `charmhost deferred`.]]

local function is_dispatch(argv)
  return (argv[0] or ""):match("([^/]*)$") == "dispatch"
end

---@param argv string[] argv[0] is the program
---@return integer exit code
function M.main(argv)
  if is_dispatch(argv) and not argv[1] then
    return require("ops.dispatch").main()
  end
  local command = COMMANDS[argv[1]]
  if command then
    return require(command).main(table.move(argv, 2, #argv, 1, {}))
  end
  local asked = argv[1] == "help" or argv[1] == "--help"
  local out = asked and io.stdout or io.stderr
  if argv[1] and not asked then
    out:write("cannot run '", argv[1], "': no such command\n")
  end
  out:write(USAGE, "\n")
  return asked and 0 or 2
end

return M
