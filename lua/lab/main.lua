-- SPDX-License-Identifier: Apache-2.0
-- charmhost's command line: what each way of calling it does. Called as a
-- charm's `dispatch` it runs one Juju event.
local sys = require "host.sys"

local M = {}

---@param argv string[] argv[0] is the program
---@return integer exit code
function M.main(argv)
  print("hello", argv[0], sys)
  return 0
end

return M
