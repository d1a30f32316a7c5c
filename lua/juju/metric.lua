-- SPDX-License-Identifier: Apache-2.0
-- Metrics (add-metric), in the hook collect-metrics of Juju before 3.6.
local lazy = require "std.lazy"
local failure = lazy "juju.failure"
local tool = require "juju.tool"

local M = {}

local function pairs_of(map)
  local list = {}
  for key, value in pairs(map) do
    local text = tostring(value)
    if not tostring(key):find "^[%w_-]+$" or text:find "[=,]" then
      return nil, ("'%s' and its value do not make a pair")
        :format(tostring(key))
    end
    list[#list + 1] = ("%s=%s"):format(key, text)
  end
  table.sort(list)
  return list
end

---@param metrics table<string, number>
---@param labels? table<string, string>
---@return true?
---@return std.Error? err
function M.add(metrics, labels)
  local tried <const> = "add metrics"
  local args, why = pairs_of(metrics)
  local marks, wrong = pairs_of(labels or {})
  if not args or not marks then
    return nil, failure.new("add-metric", tried, why or wrong, "usage")
  elseif #marks > 0 then
    table.insert(args, 1, "--labels")
    table.insert(args, 2, table.concat(marks, ","))
  end
  local out, err = tool.call("add-metric", args, { tried = tried })
  return out and true, err
end

return M
