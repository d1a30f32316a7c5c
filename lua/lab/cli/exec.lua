-- SPDX-License-Identifier: Apache-2.0
-- exec: shell commands beside a unit's charm, where hook tools work.
local client = require "lab.cli.client"
local names = require "lab.names"
local std_duration = require "std.duration"
local tasks = require "lab.cli.tasks"
local texts = require "lab.cli.texts"

local M = {}

local function split(words)
  local found <const> = {}
  for _, word in ipairs(words or {}) do
    for name in word:gmatch("[^,]+") do
      found[#found + 1] = name
    end
  end
  return found
end

local function announce(started)
  io.stdout:write(("Running operation %s with %d task%s\n")
    :format(started[1].operation, #started, #started == 1 and "" or "s"))
  for _, task in ipairs(started) do
    io.stdout:write(("  - task %s on %s\n"):format(task.id,
      names.unit_tag(task.unit)))
  end
  io.stdout:write("\n")
  io.stdout:flush()
end

-- One unit's output as it is; several ones' under their names.
local function show(ended, format)
  local only <const> = ended[1]
  if #ended == 1 and not format then
    io.stdout:write(only.results.stdout or "")
    io.stderr:write(only.results.stderr or "")
    return true
  end
  local shown <const> = {}
  for _, task in ipairs(ended) do
    shown[task.unit] = {
      id = task.id, unit = task.unit, status = task.status,
      results = task.results,
    }
  end
  return texts.write(format or "yaml", shown)
end

local function failures(ended)
  local lines <const> = {}
  for _, task in ipairs(ended) do
    if task.status ~= "completed" then
      lines[#lines + 1] = (' - id "%s" with return code %s')
        :format(task.id, tostring(task.results["return-code"] or 1))
    end
  end
  if #lines > 0 then
    return ("the following task%s failed:\n%s"):format(
      #lines == 1 and "" or "s", table.concat(lines, "\n"))
  end
end

local function run(options, args)
  local seconds, why = std_duration.parse(options.wait)
  if not seconds then
    return nil, why, 2
  end
  local units <const>, apps <const> =
    split(options.unit), split(options.application)
  if #units + #apps == 0 and not options.all then
    return nil, "You must specify a target, either through --all, "
      .. "--application or --unit", 2
  end
  local started, message = client.call {
    verb = "exec", model = options.model, units = units, applications = apps,
    all = options.all, commands = table.concat(args, " "),
  }
  if not started then
    return nil, message
  end
  if not options.format then
    announce(started)
  end
  local ended <const> = {}
  for i, task in ipairs(started) do
    local late
    ended[i], late = tasks.wait(options.model, task.id, seconds)
    if not ended[i] then
      return nil, late
    end
  end
  local ok, wrong = show(ended, options.format)
  if not ok then
    return nil, wrong, 2
  end
  local failed <const> = failures(ended)
  return not failed and 0 or nil, failed
end

M.exec = {
  args = "--unit UNIT,... | --application APP,... | --all -- COMMAND...",
  about = "run shell commands beside the charm; hook tools work",
  flags = {
    { "unit", "u", list = true }, { "application", "a", "app", list = true },
    { "all", bool = true }, { "wait", default = "5m" }, { "format" },
  },
  least = 1,
  most = 1000,
  run = run,
}

return M
