-- SPDX-License-Identifier: Apache-2.0
-- Runs one hook tool over a run's context: finds it, parses its flags, calls
-- it and prints what it returns. The tools are tables in the files listed
-- here; a tool returns its value (nil prints nothing), or nil, a message and
-- the exit code.
local flags = require "lab.flags"
local formats = require "lab.hooktools.format"
local fs = require "host.fs"
local names = require "lab.names"
local server = require "lab.hooktools.server"

local M = {}

---@class lab.HookTool
---@field flags lab.Flag[]?
---@field format string? its default format; without one it prints text
---@field formats string[]? those it can print
---@field before string? gone since this Juju version
---@field since string? there since this Juju version
---@field args integer? how many arguments it takes at most
---@field reads_stdin (fun(options: table): boolean)?
---@field run fun(context: lab.Context, options: table, args: string[],
---  request: table): any, string?, integer?

local FAMILIES <const> = {
  require "lab.hooktools.config",
  require "lab.hooktools.relation",
  require "lab.hooktools.status",
  require "lab.hooktools.state",
  require "lab.hooktools.leader",
  require "lab.hooktools.network",
  require "lab.hooktools.payload",
  require "lab.hooktools.podspec",
  require "lab.hooktools.ports",
  require "lab.hooktools.storage",
  require "lab.hooktools.action",
  require "lab.hooktools.secret",
  require "lab.hooktools.secret_grant",
  (require "lab.hooktools.unit"), -- without its second result
}

local FORMATS <const> = { "smart", "yaml", "json" }

---@type table<string, lab.HookTool>
local TOOLS <const> = {}
for _, family in ipairs(FAMILIES) do
  for name, tool in pairs(family) do
    TOOLS[name] = tool
  end
end

---@param name string
---@param version string Juju's
---@return boolean
function M.knows(name, version)
  local tool <const> = TOOLS[name]
  return tool ~= nil and (not tool.before or version < tool.before)
    and (not tool.since or version >= tool.since)
end

---The names for the tools folder of a unit.
---@param version string Juju's
---@return string[] sorted
function M.names(version)
  local found <const> = {}
  for name in names.each(TOOLS) do
    if M.knows(name, version) then
      found[#found + 1] = name
    end
  end
  return found
end

local function failure(message, code)
  return { code = code, stderr = ("ERROR %s\n"):format(message) }
end

local function flag_spec(tool)
  local spec <const> = table.move(tool.flags or {}, 1,
    #(tool.flags or {}), 1, {})
  spec[#spec + 1] = { "help", "h", bool = true }
  if tool.format then
    spec[#spec + 1] = { "format", default = tool.format }
    spec[#spec + 1] = { "output", "o" }
  end
  return spec
end

local function unrecognized(args, from)
  local quoted <const> = {}
  for i = from, #args do
    quoted[#quoted + 1] = ('"%s"'):format(args[i])
  end
  return failure(("unrecognized args: [%s]")
    :format(table.concat(quoted, " ")), 2)
end

-- The secret tools have no smart format.
local function prints(tool, format)
  for _, name in ipairs(tool.formats or FORMATS) do
    if name == format then
      return true
    end
  end
  return false
end

local function printed(tool, options, value)
  if value == nil or not tool.format then
    return value or ""
  end
  return formats[options.format](value)
end

local function deliver(context, options, request, text)
  if not options.output or options.output == "-" then
    return { code = 0, stdout = text }
  end
  local path <const> = context.host_path(options.output, request.dir)
  local ok, message
  if path then
    ok, message = fs.write(path, text, { mode = tonumber("600", 8) })
  end
  if not ok then
    return failure(message or ("open %s: no such file or directory")
      :format(options.output), 1)
  end
  return { code = 0 }
end

-- Charms read the storage of their hook from here: "-s  (= data/0)".
local function help(context, name, spec)
  local defaults <const> = {
    s = context.hook.storage,
    relation = context.hook.relation
      and ("%s:%s"):format(context.hook.endpoint, context.hook.relation),
  }
  local lines <const> = { ("Usage: %s [options]\n\nOptions:"):format(name) }
  for _, flag in ipairs(spec) do
    local shown <const> = {}
    for i, word in ipairs(flag) do
      shown[i] = (#word == 1 and "-" or "--") .. word
    end
    table.sort(shown)
    local value <const> = flag.bool and "false" or defaults[flag[1]]
      or flag.default
    lines[#lines + 1] = ("%s  (= %s)"):format(table.concat(shown, ", "),
      value and value ~= "" and value or '""')
  end
  return { code = 0, stdout = table.concat(lines, "\n") .. "\n" }
end

---@param context lab.Context
---@param request hooktools.Request
---@return { code: integer, stdout: string?, stderr: string? }?
---@return string? rpc error text
function M.run(context, request)
  local tool <const> = TOOLS[request.command]
  if not M.knows(request.command, context.version) then
    return nil, server.unknown_command(request.command)
  end
  local spec <const> = flag_spec(tool)
  local options, args = flags.parse(spec, request.args)
  if not options then
    return failure(args, 2)
  elseif options.help then
    return help(context, request.command, spec)
  elseif tool.format and not prints(tool, options.format) then
    return failure(('invalid value "%s" for option --format: unknown format '
      .. '"%s"'):format(options.format, options.format), 2)
  elseif tool.args and #args > tool.args then
    return unrecognized(args, tool.args + 1)
  elseif tool.reads_stdin and tool.reads_stdin(options)
    and not request.stdin_set then
    return nil, server.STDIN_REQUIRED
  end
  local value, message, code = tool.run(context, options, args, request)
  if message then
    return failure(message, code or 1)
  end
  return deliver(context, options, request, printed(tool, options, value))
end

return M
