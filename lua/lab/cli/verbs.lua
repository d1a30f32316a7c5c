-- SPDX-License-Identifier: Apache-2.0
-- Runs one verb of the command line: flags, number of arguments, the verb's
-- function; errors in Juju's style, 1 for what failed, 2 for a wrong call.
local flags = require "lab.flags"
local names = require "lab.names"

local M = {}

---@class lab.cli.Verb
---@field args string for the usage line
---@field about string
---@field flags lab.Flag[]?
---@field least integer? arguments it needs
---@field most integer? arguments it takes; default: as many as it needs
---@field run fun(options: table, args: string[]): integer?, string?, integer?

---@type table<string, lab.cli.Verb>
M.table = {}
for _, family in ipairs {
  require "lab.cli.actions",
  require "lab.cli.applications",
  require "lab.cli.controllers",
  require "lab.cli.debuglog",
  require "lab.cli.exec",
  require "lab.cli.models",
  require "lab.cli.status",
  require "lab.cli.units",
  (require "lab.cli.waitfor"), -- without its second result
} do
  for name, verb in pairs(family) do
    M.table[name] = verb
  end
end

local function fail(message, code)
  io.stderr:write("ERROR ", message, "\n")
  return code
end

---@return string the list for --help
function M.help()
  local lines <const> = {}
  for name, verb in names.each(M.table) do
    lines[#lines + 1] = ("  %-20s %s"):format(name, verb.about)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function usage(name, verb)
  return ("usage: charmlab %s %s\n%s\n"):format(name, verb.args, verb.about)
end

---@param name string
---@param argv string[]
---@return integer exit code
function M.run(name, argv)
  local verb <const> = M.table[name]
  local spec <const> = { { "model", "m" }, { "help", "h", bool = true } }
  table.move(verb.flags or {}, 1, #(verb.flags or {}), 3, spec)
  local options, args = flags.parse(spec, argv)
  if not options then
    return fail(args, 2)
  elseif options.help then
    io.stdout:write(usage(name, verb))
    return 0
  end
  local least <const> = verb.least or 0
  if #args < least then
    fail(("missing argument; %s"):format(usage(name, verb):gsub("\n.*", "")))
    return 2
  elseif #args > (verb.most or least) then
    return fail(('unrecognized args: ["%s"]')
      :format(table.concat(args, '" "', (verb.most or least) + 1)), 2)
  end
  local code, message, status = verb.run(options, args)
  if not code then
    return fail(message, status or 1)
  end
  return code
end

return M
