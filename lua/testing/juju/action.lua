-- SPDX-License-Identifier: Apache-2.0
-- action-get, -set, -fail and -log in specs. Results stay whatever the exit.
local words = require "testing.juju.words"

local M = {}

local RESERVED <const> = {
  stdout = true,
  stderr = true,
  ["stdout-encoding"] = true,
  ["stderr-encoding"] = true,
}

local function action(run)
  return {
    run = function(juju, args)
      if not juju.params then
        return nil, "not running an action"
      end
      return run(juju, args)
    end,
  }
end

M["action-get"] = action(function(juju, args)
  local value = juju.params
  for part in (args[1] or ""):gmatch("[^.]+") do
    value = type(value) == "table" and value[part] or nil
  end
  return value == nil and "null\n" or words.json(value)
end)

local function put(results, key, value)
  local parts = {}
  for part in key:gmatch("[^.]+") do
    if not part:find("^[a-z0-9][a-z0-9-]*$") or part:find("%-$") then
      return nil, ('key "%s" must start and end with lowercase alphanumeric, '
        .. "and contain only lowercase alphanumeric and hyphens"):format(part),
        2
    end
    parts[#parts + 1] = part
  end
  for i = 1, #parts - 1 do
    local inner = results[parts[i]]
    results[parts[i]] = type(inner) == "table" and inner or {}
    results = results[parts[i]]
  end
  results[parts[#parts]] = value
  return true
end

M["action-set"] = action(function(juju, args)
  for _, word in ipairs(args) do
    local key, value = word:match("^([^=]*)=(.*)$")
    if not key or key == "" then
      return nil, ('argument "%s" must be of the form key...=value')
        :format(word), 2
    elseif RESERVED[key] then
      return nil, ('cannot set reserved action key "%s"'):format(key)
    end
    juju.now.action_results = juju.now.action_results or {}
    local ok, why, code = put(juju.now.action_results, key, value)
    if not ok then
      return nil, why, code
    end
  end
  return ""
end)

M["action-fail"] = action(function(juju, args)
  juju.now.action_failure = args[1] or "action failed without reason given, "
    .. "check action for errors"
  return ""
end)

M["action-log"] = action(function(juju, args)
  table.insert(juju.now.action_logs, table.concat(args, " "))
  return ""
end)

return M
