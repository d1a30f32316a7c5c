-- SPDX-License-Identifier: Apache-2.0
-- Checks and notices of a container in specs, as methods for
-- testing.container: those of the plan, in the state that the spec says.
local layers = require "testing.container_layers"

---@class testing.Check
---@field status? "up"|"down"|"inactive"
---@field failures? integer
---@field successes? integer
---@field threshold? integer
---@field level? string
---@field startup? string
---@field change_id? string

---@class testing.Notice
---@field id string
---@field key string
---@field type? string
---@field last_data? table<string, string>
---@field occurrences? integer

local M = {}

local function check_info(name, planned, state)
  if type(state) == "string" then
    state = { status = state }
  end
  state = state or {}
  local threshold = state.threshold or planned.threshold or 3
  local status = state.status or "up"
  return {
    name = name,
    status = status,
    level = state.level or planned.level,
    startup = state.startup or planned.startup or "enabled",
    successes = state.successes or 0,
    failures = state.failures or status == "down" and threshold or 0,
    threshold = threshold,
    change_id = state.change_id,
  }
end

---@param options? {names?: string[], level?: string}
---@return table<string, pebble.CheckInfo>
function M:get_checks(options)
  self:reach "get_checks"
  local found = {}
  for name, planned in pairs(layers.plan(self.state.layers).checks) do
    local info = check_info(name, planned, self.state.checks[name])
    if not (options and options.level) or options.level == info.level then
      found[name] = info
    end
  end
  return found
end

---@param name string
---@return pebble.CheckInfo
function M:get_check(name)
  return self:get_checks()[name] or self:fail("pebble-unknown",
    "find check " .. name, "the plan has none of that name")
end

local function switch(self, names, status)
  local changed, known = {}, self:get_checks()
  for _, name in ipairs(names) do
    if not known[name] then
      self:fail("pebble-api", "change check " .. name,
        ("cannot find check %q in plan"):format(name), { status = 400 })
    elseif (known[name].status == "inactive") ~= (status == "inactive") then
      self.state.checks[name] = { status = status }
      changed[#changed + 1] = name
    end
  end
  return changed
end

---@param ... string
---@return string[] changed
function M:start_checks(...)
  self:reach("start_checks", ...)
  return switch(self, { ... }, "up")
end

---@param ... string
---@return string[] changed
function M:stop_checks(...)
  self:reach("stop_checks", ...)
  return switch(self, { ... }, "inactive")
end

-- As Pebble sends it: dashes, not underscores.
local function as_sent(notice)
  local sent = {}
  for key, value in pairs(notice) do
    sent[key:gsub("_", "-")] = value
  end
  sent.type = sent.type or "custom"
  return sent
end

---@param id string
---@return table notice
function M:get_notice(id)
  self:reach("get_notice", id)
  for _, notice in ipairs(self.state.notices) do
    if notice.id == id then
      return as_sent(notice)
    end
  end
  return self:fail("pebble-api", "read notice " .. id,
    "cannot find notice with ID \"" .. id .. "\"", { status = 404 })
end

---@return table[] notices
function M:get_notices()
  self:reach "get_notices"
  local list = {}
  for i, notice in ipairs(self.state.notices) do
    list[i] = as_sent(notice)
  end
  return list
end

---@param key string
---@param options? {data?: table<string, string>, repeat_after?: string}
---@return string id
function M:notify(key, options)
  self:reach("notify", key)
  local notices = self.state.notices
  for _, notice in ipairs(notices) do
    if notice.key == key then
      notice.last_data = options and options.data
      notice.occurrences = (notice.occurrences or 1) + 1
      return notice.id
    end
  end
  local last = notices[#notices]
  local id = (last and math.tointeger(tonumber(last.id)) or 0) + 1
  notices[#notices + 1] = { id = tostring(id), type = "custom",
    key = key, last_data = options and options.data, occurrences = 1 }
  return notices[#notices].id
end

return M
