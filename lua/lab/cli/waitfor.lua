-- SPDX-License-Identifier: Apache-2.0
-- wait-for: waits until a query on an application or a unit holds.
local client = require "lab.cli.client"
local queries = require "lab.cli.query"
local std_duration = require "std.duration"
local sys = require "host.sys"

local M = {}

local POLL <const> = 0.25

local function wait(options, kind, name)
  local terms, message = queries.parse(options.query)
  local seconds, why = std_duration.parse(options.timeout)
  if not terms or not seconds then
    return nil, message or why, 2
  end
  local deadline <const> = sys.monotonic() + seconds
  repeat
    local status, failure =
      client.call { verb = "status", model = options.model }
    if not status then
      return nil, failure
    end
    local holds, wrong = queries.holds(terms, queries.kinds[kind](status, name))
    if wrong then
      return nil, wrong, 2
    elseif holds then
      return 0
    end
    sys.sleep(POLL)
  until sys.monotonic() > deadline
  return nil, ('timed out waiting for "%s" to reach goal state'):format(name)
end

M["wait-for"] = {
  args = "application|unit NAME [--query QUERY] [--timeout 10m]",
  about = "wait until a query holds",
  flags = {
    { "query", default = 'status=="active"' },
    { "timeout", default = "10m" }, { "summary", bool = true },
  },
  least = 2,
  run = function(options, args)
    if not queries.kinds[args[1]] then
      return nil, ('cannot wait for "%s": it is application or unit')
        :format(args[1]), 2
    end
    return wait(options, args[1], args[2])
  end,
}

return M
