-- SPDX-License-Identifier: Apache-2.0
-- charmlab's command line: which module answers which verb. Under the name
-- of a hook tool it is that tool.
local jujuc = require "lab.jujuc"

local M = {}

-- Loaded when used.
local COMMANDS <const> = {
  controller = { "lab.controller", "main" },
  down = { "lab.cli.up", "down" },
  script = { "cli.run", "main" }, -- as `charmhost run`; `run` is Juju's
  supervise = { "lab.supervisor", "main" },
  test = { "cli.test", "main" },
  up = { "lab.cli.up", "up" },
}
local VERBS <const> = "lab.cli.verbs"

local function run_verb(argv, words)
  local verbs <const> = require(VERBS)
  if verbs.table[argv[1]] then
    return verbs.run(argv[1], words)
  end
  local asked <const> = argv[1] == "help" or argv[1] == "--help"
  if argv[1] and not asked then
    io.stderr:write(("ERROR unrecognized command: charmlab %s\n")
      :format(argv[1]))
    return 2
  end
  local out <const> = asked and io.stdout or io.stderr
  out:write("usage: charmlab VERB [ARG...]\n", verbs.help())
  return asked and 0 or 2
end

---@param argv string[] argv[0] is the program
---@return integer exit code
function M.main(argv)
  if jujuc.tool_name(argv[0]) then
    return jujuc.main(argv)
  end
  local words <const> = table.move(argv, 2, #argv, 1, {})
  local command <const> = COMMANDS[argv[1]]
  if command then
    return require(command[1])[command[2]](words)
  end
  return run_verb(argv, words)
end

return M
