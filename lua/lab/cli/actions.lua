-- SPDX-License-Identifier: Apache-2.0
-- run and actions: a charm's actions, with Juju 3's output.
local client = require "lab.cli.client"
local names = require "lab.names"
local std_duration = require "std.duration"
local tasks = require "lab.cli.tasks"
local texts = require "lab.cli.texts"
local yaml = require "std.yaml"

local M = {}

-- a.b=c puts {b: c} under a; values are read as YAML, as Juju reads them.
local function parameters(words, as_text)
  local params <const> = {}
  for _, word in ipairs(words) do
    local key <const>, text <const> = word:match("^([^=]+)=(.*)$")
    if not key then
      return nil, ('argument "%s" must be of the form key.key.key...=value')
        :format(word)
    end
    local value, message = text, nil
    if not as_text then
      value, message = yaml.decode(text)
    end
    if value == nil then
      return nil, ('cannot read the value of "%s": %s'):format(key, message)
    end
    local at, last = params, nil
    for part in key:gmatch("[^.]+") do
      if last then
        at[last] = type(at[last]) == "table" and at[last] or {}
        at = at[last]
      end
      last = part
    end
    at[last] = value
  end
  return params
end

local function print_results(task)
  local shown <const> = {}
  for key, value in pairs(task.results) do
    if key ~= "return-code" or task.status ~= "completed" then
      shown[key] = value
    end
  end
  if task.status ~= "completed" then
    io.stdout:write(("Action id %s failed: %s\n"):format(task.id,
      task.message))
  end
  local streams <const> = { shown.stdout, shown.stderr }
  shown.stdout, shown.stderr = nil, nil
  if next(shown) then
    io.stdout:write(yaml.encode(shown))
  end
  for _, text in pairs(streams) do
    io.stdout:write("\n", text)
  end
end

local function run(options, args)
  local seconds, why = std_duration.parse(options.wait)
  local params, message =
    parameters(table.move(args, 3, #args, 1, {}), options["string-args"])
  if not seconds or not params then
    return nil, why or message, 2
  end
  local task, refused = client.call {
    verb = "run", model = options.model, unit = args[1], action = args[2],
    params = params,
  }
  if not task then
    return nil, refused
  end
  local tag <const> = names.unit_tag(task.unit)
  io.stdout:write(("Running operation %s with 1 task\n  - task %s on %s\n\n")
    :format(task.operation, task.id, tag))
  if options.background then
    return 0
  end
  io.stdout:write(("Waiting for task %s...\n"):format(task.id))
  io.stdout:flush()
  local ended, failure = tasks.wait(options.model, task.id, seconds)
  if not ended then
    return nil, failure
  end
  print_results(ended)
  if ended.status ~= "completed" then
    return nil, ('the following task failed:\n - id "%s" with return code %s')
      :format(ended.id, tostring(ended.results["return-code"] or 1))
  end
  return 0
end

M.run = {
  args = "UNIT ACTION [KEY=VALUE...]",
  about = "run an action and wait for its results",
  flags = {
    { "wait", default = "60s" }, { "background", bool = true },
    { "string-args", bool = true },
  },
  least = 2,
  most = 100,
  run = run,
}

M.actions = {
  args = "APPLICATION",
  about = "list an application's actions",
  least = 1,
  run = function(options, args)
    local found, message = client.call {
      verb = "actions", model = options.model, application = args[1],
    }
    if not found then
      return nil, message
    end
    local rows <const> = { { "Action", "Description" } }
    for name, action in names.each(found) do
      rows[#rows + 1] =
        { name, ((action.description or ""):match("^[^\n]*")) }
    end
    io.stdout:write(texts.table(rows))
    return 0
  end,
}

return M
