-- SPDX-License-Identifier: Apache-2.0
-- self.framework:breakpoint "name" in a handler: where JUJU_DEBUG_AT names it
-- (or says "all") and somebody sits at the terminal, as in `juju debug-code`,
-- Lua is read and run there with the handler's locals. "hook" stops before
-- every handler.
local errors = require "std.error"
local sys = require "host.sys"

local M = {}

local HELP <const> = [[
Breakpoint '%s' in %s.
Lua is run with the variables of this place: `self.config.x`, `x = 5`.
:locals lists them, :trace shows the calls, :go (or Ctrl-D) goes on.
]]

-- Who sits there; specs put somebody else.
M.terminal = {
  is_there = function()
    return sys.isatty(0)
  end,
  read = function()
    return io.read "l"
  end,
  write = function(...)
    io.stderr:write(...)
  end,
}

---@param name any
function M.check(name)
  if type(name) == "string" and name ~= "all" and name ~= "hook"
    and (name:find "^[a-z0-9]$" or name:find "^[a-z0-9][a-z0-9-]*[a-z0-9]$")
  then
    return
  end
  errors.raise {
    kind = "breakpoint",
    tried = ("set the breakpoint '%s'"):format(tostring(name)),
    happened = "its name is not of lower case letters, digits and inner "
      .. "dashes, or is 'all' or 'hook'",
  }
end

---@param context juju.Context
---@param ... string one of these
---@return boolean
function M.is_wanted(context, ...)
  for _, at in ipairs(context.debug_at or {}) do
    for _, name in ipairs { ... } do
      if at == name then
        return true
      end
    end
  end
  return false
end

-- name -> where its value is: {"local", i}, {"upvalue", i}
local function places_of(level, fn)
  local places = {}
  for i = 1, 200 do
    local name = debug.getupvalue(fn, i)
    if not name then break end
    places[name] = { "upvalue", i }
  end
  for i = 1, 200 do
    local name = debug.getlocal(level + 1, i)
    if not name then break end
    places[name] = name:sub(1, 1) ~= "(" and { "local", i } or nil
  end
  return places
end

---The variables of a running function, as a table that reads and writes them.
---@param level integer as of debug.getinfo
---@return table variables
---@return fun(level: integer) keep writes the locals back
function M.variables(level)
  local fn = debug.getinfo(level + 1, "f").func
  local places, values = places_of(level + 1, fn), {}
  for name, place in pairs(places) do
    local get = place[1] == "local" and debug.getlocal or debug.getupvalue
    local _, value = get(place[1] == "local" and level + 1 or fn, place[2])
    values[name] = { value }
  end
  return setmetatable({}, {
    __index = function(_, name)
      if values[name] then
        return values[name][1]
      end
      return _G[name]
    end,
    __newindex = function(_, name, value)
      values[name] = { value }
    end,
    __pairs = function()
      return next, values
    end,
  }), function(at)
    for name, place in pairs(places) do
      if place[1] == "local" then
        debug.setlocal(at + 1, place[2], values[name][1])
      else
        debug.setupvalue(fn, place[2], values[name][1])
      end
    end
  end
end

local function shown(...)
  local texts = {}
  for i = 1, select("#", ...) do
    texts[i] = tostring((select(i, ...)))
  end
  return table.concat(texts, "\t")
end

local function run_line(line, variables)
  local chunk = load("return " .. line, "=line", "t", variables)
  local why
  if not chunk then
    chunk, why = load(line, "=line", "t", variables)
  end
  if not chunk then
    return why
  end
  return shown(select(2, pcall(chunk)))
end

local function list_names(variables)
  local names = {}
  for name in pairs(variables) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

---Reads and runs lines until the reader goes on.
---@param name string
---@param variables table
---@param where string
function M.talk(name, variables, where)
  local terminal = M.terminal
  terminal.write(HELP:format(name, where))
  while true do
    terminal.write "> "
    local line = terminal.read()
    if line == nil or line == ":go" then
      return
    elseif line == ":locals" then
      terminal.write(list_names(variables), "\n")
    elseif line == ":trace" then
      terminal.write(debug.traceback(nil, 3), "\n")
    elseif line:find "%S" then
      terminal.write(run_line(line, variables), "\n")
    end
  end
end

return M
