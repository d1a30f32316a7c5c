-- SPDX-License-Identifier: Apache-2.0
-- What a container's Pebble tells the unit's agent: custom notices, and checks
-- that fail and recover. Asks by long polls while the container lives; its
-- events wait in a list until their hooks have run.
local sys = require "host.sys"
local sysinfo = require "lab.sysinfo"

local M = {}
M.__index = M

local POLL <const>, PAUSE <const> = 20, 1
local KEPT <const> = 100
-- The change that tells it, its status at its end, and the hook's kind.
local CHECKS <const> = {
  ["perform-check"] = { status = "Error", kind = "pebble-check-failed" },
  ["recover-check"] = { status = "Done", kind = "pebble-check-recovered" },
}

---@class lab.PebbleEvent
---@field kind string the hook's
---@field sequence integer larger than that of every earlier one
---@field notice { id: string, type: string, key: string }?
---@field check string?

---@param options { loop: lab.Loop, socket: string, on_event: fun() }
---@return table
function M.new(options)
  return setmetatable({
    loop = options.loop,
    socket = options.socket,
    on_event = options.on_event,
    -- Also past those of a lab that was killed.
    sequence = math.floor(sys.time() * 1e6),
    list = {},
  }, M)
end

local function push(self, event)
  self.sequence = self.sequence + 1
  event.sequence = self.sequence
  table.insert(self.list, event)
  if #self.list > KEPT then
    table.remove(self.list, 1)
  end
end

local function of_change(self, notice)
  local data <const> = notice["last-data"] or {}
  local check <const> = CHECKS[data.kind]
  local change <const> = check
    and sysinfo.get(self.loop, self.socket, "/v1/changes/" .. notice.key, POLL)
  if change and change.status == check.status then
    return { kind = check.kind, check = data["check-name"] }
  end
end

local function of_notice(self, notice)
  if notice.type == "custom" then
    return {
      kind = "pebble-custom-notice",
      notice = { id = notice.id, type = notice.type, key = notice.key },
    }
  end
  return of_change(self, notice)
end

local function escaped(text)
  return (text:gsub("[^%w.-]", function(char)
    return ("%%%02X"):format(char:byte())
  end))
end

-- One long poll; false when Pebble did not answer.
local function poll(self, after)
  local target <const> = ("/v1/notices?types=custom,change-update&timeout=%ds%s")
    :format(POLL, after and "&after=" .. escaped(after) or "")
  local notices <const> =
    sysinfo.get(self.loop, self.socket, target, POLL + PAUSE)
  if type(notices) ~= "table" then
    return false
  end
  for _, notice in ipairs(notices) do
    after = notice["last-repeated"]
    local event <const> = of_notice(self, notice)
    if event then
      push(self, event)
      self.on_event()
    end
  end
  return true, after
end

---Asks until it is cancelled; the body of a task.
function M:run()
  local after
  while true do
    local answered, latest = poll(self, after)
    after = latest or after
    if not answered then
      self.loop:sleep(PAUSE)
    end
  end
end

---The first event after a sequence; earlier ones are forgotten.
---@param sequence integer
---@return lab.PebbleEvent?
function M:first(sequence)
  while self.list[1] and self.list[1].sequence <= sequence do
    table.remove(self.list, 1)
  end
  return self.list[1]
end

return M
