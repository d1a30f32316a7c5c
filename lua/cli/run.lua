-- SPDX-License-Identifier: Apache-2.0
-- `charmhost run FILE [ARG…]`: runs a Lua script in the host, with the
-- framework and the bindings at hand. `arg` and `…` are as in the lua program.
local M = {}

M.usage = "usage: charmhost run FILE [ARG...]"

---@param argv string[] the words after `run`
---@return integer exit code the script's integer result, otherwise 0
function M.main(argv)
  local path = argv[1]
  if not path then
    io.stderr:write(M.usage, "\n")
    return 2
  end
  local folder = path:match("^(.*)/[^/]*$") or "."
  package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua"
  local env = setmetatable({
    arg = table.move(argv, 1, #argv, 0, {}),
  }, { __index = _G })
  local chunk, err = loadfile(path, "t", env)
  if not chunk then
    io.stderr:write("cannot run ", path, ": ", err, "\n")
    return 1
  end
  local result = chunk(table.unpack(argv, 2))
  return math.type(result) == "integer" and result or 0
end

return M
