-- SPDX-License-Identifier: Apache-2.0
-- charmlab's command line: which module answers which verb. Under the name
-- of a hook tool it is that tool.
local jujuc = require "lab.jujuc"

local M = {}

-- Loaded when used.
local COMMANDS <const> = {
  run = "cli.run",
  supervise = "lab.supervisor",
  test = "cli.test",
}

---@param argv string[] argv[0] is the program
---@return integer exit code
function M.main(argv)
  if jujuc.tool_name(argv[0]) then
    return jujuc.main(argv)
  end
  local command <const> = COMMANDS[argv[1]]
  if command then
    return require(command).main(table.move(argv, 2, #argv, 1, {}))
  end
  io.stderr:write(("cannot run %q: no such verb\n"):format(argv[1] or ""))
  return 2
end

return M
