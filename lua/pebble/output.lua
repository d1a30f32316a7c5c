-- SPDX-License-Identifier: Apache-2.0
-- What a command says: handed to the caller's callbacks, or kept up to a
-- limit; its end goes into the text of an error. Only pebble/process.lua uses
-- it.
local M = {}

local MAX <const> = 16 * 1024 * 1024
local TAIL <const> = 2000 -- bytes of each stream in an error's text

---@class pebble.Output
---@field max integer
---@field private callbacks table<string, fun(data: string)>
---@field private kept table<string, string[]>
---@field private sizes table<string, integer>
local Output = {}
Output.__index = Output

-- A function that takes what a stream says, from a function or an open file.
local function taker(name, sink)
  if type(sink) == "userdata" then
    return function(data)
      local ok, message = sink:write(data)
      if not ok then
        error(("cannot write the command's %s: %s"):format(name, message), 0)
      end
    end
  elseif sink ~= nil and type(sink) ~= "function" then
    error(("%s: file or function expected, got %s"):format(name, type(sink)),
      4)
  end
  return sink
end

---@alias pebble.Sink host.fs.file|fun(data: string)

---@param options {stdout?: pebble.Sink, stderr?: pebble.Sink, max?: integer}
---@return pebble.Output
function M.new(options)
  return setmetatable({
    callbacks = {
      stdout = taker("stdout", options.stdout),
      stderr = taker("stderr", options.stderr),
    },
    kept = { stdout = {}, stderr = {} },
    sizes = { stdout = 0, stderr = 0 },
    max = options.max or MAX,
  }, Output)
end

---@param name "stdout"|"stderr"
---@param data string
---@return boolean taken false when there is too much of it
function Output:take(name, data)
  local callback = self.callbacks[name]
  if callback then
    callback(data)
    return true
  end
  self.sizes[name] = self.sizes[name] + #data
  if self.sizes[name] > self.max then
    return false
  end
  table.insert(self.kept[name], data)
  return true
end

---@param name "stdout"|"stderr"
---@return string
function Output:text(name)
  return table.concat(self.kept[name])
end

local function printable(char)
  return (char == "\n" or char == "\t") and char or "?"
end

---Puts the end of what was kept below a message.
---@param message string
---@return string
function Output:explain(message)
  for _, name in ipairs { "stdout", "stderr" } do
    local text = self:text(name)
    text = #text > TAIL and "[…]" .. text:sub(-TAIL) or text
    text = text:gsub("[%c\127]", printable):gsub("%s+$", "")
    if text ~= "" then
      message = ("%s\n----- %s -----\n%s"):format(message, name, text)
    end
  end
  return message
end

return M
