-- SPDX-License-Identifier: Apache-2.0
-- action-get, action-set, action-fail, action-log.
local null = require "std.null"

local M = {}

local NOT_RUNNING <const> = "not running an action"
local RESERVED <const> = {
  stdout = true, stderr = true, ["return-code"] = true,
  ["stdout-encoding"] = true, ["stderr-encoding"] = true,
}

M["action-get"] = {
  format = "smart",
  args = 1,
  run = function(context, _, args)
    if not context.action then
      return nil, NOT_RUNNING, 1
    end
    local value = context.action.params
    for part in (args[1] or ""):gmatch("[^.]+") do
      if type(value) ~= "table" or value[part] == nil then
        return null
      end
      value = value[part]
    end
    return value
  end,
}

local function bad_key(key)
  for part in (key .. "."):gmatch("([^.]*)%.") do
    if not part:find("^[%l%d][%l%d-]*$") or part:find("%-$") then
      return true
    end
  end
  return false
end

-- results["a"]["b"] = value for a.b=value
local function put(results, key, value)
  local parts <const> = {}
  for part in key:gmatch("[^.]+") do
    parts[#parts + 1] = part
  end
  for i = 1, #parts - 1 do
    if type(results[parts[i]]) ~= "table" then
      results[parts[i]] = {}
    end
    results = results[parts[i]]
  end
  results[parts[#parts]] = value
end

M["action-set"] = {
  run = function(context, _, args)
    if not context.action then
      return nil, NOT_RUNNING, 1
    end
    for _, arg in ipairs(args) do
      local key <const>, value <const> = arg:match("^([^=]+)=(.*)$")
      if not key then
        return nil, ('argument "%s" must be of the form key...=value')
          :format(arg), 2
      elseif RESERVED[key] then
        return nil, ('cannot set reserved action key "%s"'):format(key), 2
      elseif bad_key(key) then
        return nil, ('key "%s" must start and end with lowercase alphanumeric,'
          .. " and contain only lowercase alphanumeric and hyphens")
          :format(key), 2
      end
      put(context.results, key, value)
    end
  end,
}

M["action-fail"] = {
  args = 1,
  run = function(context, _, args)
    if not context.action then
      return nil, NOT_RUNNING, 1
    end
    context.failure = args[1] or "action failed without reason given, check "
      .. "action for errors"
  end,
}

M["action-log"] = {
  run = function(context, _, args)
    if not context.action then
      return nil, NOT_RUNNING, 1
    elseif #args == 0 then
      return nil, "no message specified", 2
    end
    table.insert(context.action.log,
      { at = context.now(), message = table.concat(args, " ") })
    context.save()
  end,
}

return M
