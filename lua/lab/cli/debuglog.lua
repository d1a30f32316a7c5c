-- SPDX-License-Identifier: Apache-2.0
-- debug-log: reads the model's log on disk, so it works whether the
-- controller runs or not; follows it on a terminal.
local client = require "lab.cli.client"
local debuglog = require "lab.debuglog"
local fs = require "host.fs"
local json = require "std.json"
local paths = require "lab.paths"
local store = require "lab.store"
local sys = require "host.sys"

local M = {}

local POLL <const>, PIECE <const> = 0.2, 65536

-- Calls emit for each line from the file's position to its present end;
-- returns what is left of an unfinished one.
local function read_on(file, rest, emit)
  while true do
    local bytes <const> = assert(file:read(PIECE))
    if bytes == "" then
      return rest
    end
    rest = rest .. bytes
    local at = 1
    for text, after in rest:gmatch("([^\n]*)\n()") do
      local line <const> = json.decode(text)
      if type(line) == "table" then
        emit(line)
      end
      at = after
    end
    rest = rest:sub(at)
  end
end

local function log_path(model)
  local data <const> = paths.data()
  local record <const> = store.controller(data)
  if not record then
    return nil, client.absent(data)
  end
  local name <const> = model or record.current
  if not name then
    return nil, "no model in focus; add one with: charmlab add-model NAME"
  end
  local folder <const> = paths.model(data, name)
  if not fs.stat(folder) then
    return nil, ('model "%s" not found'):format(name)
  end
  return folder .. "/debug.log"
end

-- How many of the last lines are shown before following; nil: all.
local function wanted(options)
  if options.limit then
    return options.limit
  end
  return not options.replay and options.lines or nil
end

local function show(file, options, filter)
  local kept <const>, count <const> = {}, wanted(options)
  local rest <const> = read_on(file, "", function(line)
    if debuglog.shows(line, filter) then
      kept[#kept + 1] = debuglog.format(line)
    end
  end)
  local first <const> = count and math.max(#kept - count + 1, 1) or 1
  for i = first, #kept do
    io.stdout:write(kept[i], "\n")
  end
  io.stdout:flush()
  return rest
end

local function follow(file, rest, filter)
  while true do
    rest = read_on(file, rest, function(line)
      if debuglog.shows(line, filter) then
        io.stdout:write(debuglog.format(line), "\n")
      end
    end)
    if not io.stdout:flush() then
      return
    end
    sys.sleep(POLL)
  end
end

local function run(options)
  local path, message = log_path(options.model)
  if not path then
    return nil, message
  end
  local level <const> = options.level and debuglog.level(options.level)
  if options.level and not level then
    return nil, ('level value "%s" is not one of "TRACE", "DEBUG", "INFO", '
      .. '"WARNING", "ERROR"'):format(options.level), 2
  end
  local filter <const> = {
    level = level, include = options.include, exclude = options.exclude,
  }
  local file <close>, why, code = fs.open(path, "r")
  if not file then
    return code == "ENOENT" and 0 or nil, why
  end
  local rest <const> = show(file, options, filter)
  local tail = sys.isatty(1)
  if options.tail ~= nil then
    tail = options.tail
  end
  if tail and not options["no-tail"] and not options.limit then
    follow(file, rest, filter)
  end
  return 0
end

M["debug-log"] = {
  args = "[--replay] [--no-tail] [--limit N] [--level LEVEL] [--include WHO]",
  about = "show the model's log; follow it on a terminal",
  flags = {
    { "tail", "T", bool = true }, { "no-tail", bool = true },
    { "replay", bool = true }, { "limit", "l", integer = true },
    { "lines", "n", integer = true, default = 10 }, { "level", "L" },
    { "include", "i", list = true }, { "exclude", "x", list = true },
    { "color", bool = true },
  },
  run = run,
}

return M
