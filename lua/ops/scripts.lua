-- SPDX-License-Identifier: Apache-2.0
-- A charm's own scripts: found as Lua's `require` finds files, but opened and
-- read once, and not parsed where pack has compiled that very text.
local fs = require "host.fs"

local M = {}

local HERE <const> = "./" -- how a compiled script's path begins
local FILES <const> = 3 -- of package.searchers: after preload and embedded
local ABSENT <const> = { ENOENT = true, ENOTDIR = true }

local compiled

local function ready(path, text)
  local piece = compiled and path:sub(1, #HERE) == HERE
    and compiled:of(path:sub(#HERE + 1), text)
  return piece and load(piece, "@" .. path, "b")
end

---Compiles a script's text; a first line that begins with # is none of it.
---@param text string
---@param path string as tracebacks are to say it
---@return function? chunk
---@return string? message
function M.compile(text, path)
  return load(text:gsub("^#[^\n]*", ""), "@" .. path, "t")
end

---@param path string
---@return function? chunk
---@return string? message
---@return string? code of the file that could not be read; nil: it is no Lua
function M.load(path)
  local text, message, code = fs.read(path)
  if not text then
    return nil, message, code
  end
  local chunk = ready(path, text)
  if chunk then
    return chunk
  end
  return M.compile(text, path)
end

local function search(name)
  local file, tried = name:gsub("%.", "/"):gsub("%%", "%%%%"), {}
  for template in package.path:gmatch "[^;]+" do
    local path = template:gsub("%?", file)
    local chunk, message, code = M.load(path)
    if chunk then
      return chunk, path
    elseif not code then
      error(("error loading module '%s' from file '%s':\n\t%s"):format(name,
        path, message), 0)
    end
    tried[#tried + 1] = ABSENT[code] and ("no file '%s'"):format(path)
      or message
  end
  return table.concat(tried, "\n\t")
end

---Lets `require` find a charm's modules beside its charm.lua, and libraries of
---others in lib/: lib/charms/pgsql/v0/client.lua is charms.pgsql.v0.client.
---@param dir string
---@param made? ops.Compiled what is ready of them
function M.use(dir, made)
  package.path = ("%s/?.lua;%s/?/init.lua;%s/lib/?.lua;%s/lib/?/init.lua")
    :format(dir, dir, dir, dir)
  package.searchers[FILES] = search
  compiled = made
end

return M
