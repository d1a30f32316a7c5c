-- SPDX-License-Identifier: Apache-2.0
-- GET /v1/logs: the services' buffered lines, merged by time, as one JSON
-- object a line; with follow, new ones as they come.
local clock = require "lab.supervisor.clock"
local input = require "lab.supervisor.input"
local json = require "std.json"
local reply = require "lab.supervisor.reply"
local rings = require "lab.supervisor.ring"

local M = {}
M.__index = M

local COUNT <const> = 30
local PENDING_MAX <const> = 10000 -- lines a slow follower may lag behind

---@class lab.supervisor.Logs
---@field by_service table<string, lab.supervisor.Ring>
---@field followers table<table, true>

---@param loop lab.Loop
---@param echo fun(service: string, text: string)? sees every line, --verbose
---@return lab.supervisor.Logs
function M.new(loop, echo)
  return setmetatable({
    loop = loop,
    echo = echo,
    by_service = {},
    followers = {},
  }, M)
end

---@param service string
---@return lab.supervisor.Ring its ring, made at the first call
function M:ring(service)
  local ring = self.by_service[service]
  if not ring then
    ring = rings.new(function(line)
      if self.echo then
        self.echo(service, line.text)
      end
      for follower in pairs(self.followers) do
        follower.take(service, line)
      end
    end)
    self.by_service[service] = ring
  end
  return ring
end

local function encode(service, line)
  return json.encode {
    time = clock.format_milliseconds(line.at),
    service = service,
    message = line.text,
  } .. "\n"
end

local function collect(self, chosen, count)
  local list <const> = {}
  for service, ring in pairs(self.by_service) do
    if not chosen or chosen[service] then
      for _, line in ipairs(ring:tail(count)) do
        list[#list + 1] = { service = service, line = line }
      end
    end
  end
  table.sort(list, function(a, b) return a.line.seq < b.line.seq end)
  local from <const> = count and math.max(#list - count + 1, 1) or 1
  return table.move(list, from, #list, 1, {})
end

local function read_count(request, follow)
  local text <const> = request.query.n
  if not text or text == "" then
    return follow and 0 or COUNT
  elseif text == "-1" then
    return nil
  elseif not text:find("^%d+$") then
    reply.refuse(400, ("n must be -1, 0 or a count, not %q"):format(text))
  end
  return math.tointeger(tonumber(text))
end

local function new_follower(self, chosen)
  local follower <const> = { lines = {}, event = self.loop:event() }
  function follower.take(service, line)
    if (not chosen or chosen[service]) and #follower.lines < PENDING_MAX then
      table.insert(follower.lines, encode(service, line))
      follower.event:pulse()
    end
  end
  self.followers[follower] = true
  return setmetatable(follower, {
    __close = function() self.followers[follower] = nil end,
  })
end

local function follow_lines(follower, writer, request)
  request:watch(follower.event)
  while not writer.failed and not request.gone do
    if #follower.lines == 0 then
      follower.event:wait()
    end
    local text <const> = table.concat(follower.lines)
    follower.lines = {}
    writer:write(text)
  end
end

---GET /v1/logs
function M:get(request)
  local names <const> = input.list(request, "services")
  local chosen <const> = #names > 0 and input.set(names) or nil
  local follow <const> = input.flag(request, "follow")
  local count <const> = read_count(request, follow)
  return {
    headers = { ["content-type"] = "application/x-ndjson" },
    body = function(writer)
      local follower <close> = follow and new_follower(self, chosen) or nil
      local lines <const> = {}
      for index, item in ipairs(collect(self, chosen, count)) do
        lines[index] = encode(item.service, item.line)
      end
      writer:write(table.concat(lines))
      if follower then
        follow_lines(follower, writer, request)
      end
    end,
  }
end

return M
