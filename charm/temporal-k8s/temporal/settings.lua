-- SPDX-License-Identifier: Apache-2.0
-- The charm's config, checked and typed. Pure: a table of options goes in,
-- settings or the message of a blocked status come out.
local M = {}

---@class temporal.Settings
---@field services string[] in the order given, each once
---@field log_level string as Temporal spells it
---@field shards integer
---@field default temporal.Pool connections to the default store
---@field visibility temporal.Pool connections to the visibility store

---@class temporal.Pool
---@field max_conns integer
---@field max_idle_conns integer
---@field max_conn_time string a Go duration

local SERVICES <const> = {
  frontend = true,
  history = true,
  matching = true,
  worker = true,
}

-- What the option may say, and what the server calls it: an unknown word is
-- taken for "info" by the server, without a word.
local LOG_LEVELS <const> = {
  debug = "debug",
  info = "info",
  warning = "warn",
  error = "error",
  critical = "fatal",
}

local STORES <const> = {
  { field = "default", option = "persistence" },
  { field = "visibility", option = "visibility" },
}

local DURATION_UNITS <const> = {
  ns = true,
  us = true,
  ["µs"] = true,
  ms = true,
  s = true,
  m = true,
  h = true,
}

--- Quotes a value as the original's messages do (Python's repr of a string).
---@param text string
---@return string
function M.quoted(text)
  local quote = text:find("'", 1, true) and not text:find('"', 1, true)
    and '"' or "'"
  local body = text:gsub("\\", "\\\\"):gsub("\n", "\\n"):gsub("\t", "\\t")
    :gsub("\r", "\\r")
  if quote == "'" then
    body = body:gsub("'", "\\'")
  end
  return quote .. body .. quote
end

--- Whether the text is a positive Go duration such as 1h or 1m30s.
---@param text string
---@return boolean
function M.is_duration(text)
  local rest, total = text, 0
  while rest ~= "" do
    local number, unit, tail = rest:match("^(%d+%.?%d*)([a-zµ]+)(.*)$")
    if not number or not DURATION_UNITS[unit] then
      return false
    end
    total = total + tonumber(number)
    rest = tail
  end
  return total > 0
end

local function read_services(text)
  local services, seen = {}, {}
  for word in (text .. ","):gmatch("([^,]*),") do
    local name = word:match("^%s*(.-)%s*$")
    if not SERVICES[name] then
      return nil, ("error in services config: invalid service %s"):format(
        M.quoted(name))
    end
    if not seen[name] then
      seen[name] = true
      table.insert(services, name)
    end
  end
  return services
end

local function read_pool(config, store)
  local pool = {
    max_conns = config[store .. "-max-conns"],
    max_idle_conns = config[store .. "-max-idle-conns"],
    max_conn_time = config[store .. "-max-conn-time"],
  }
  for _, key in ipairs { "max-conns", "max-idle-conns" } do
    local count = config[store .. "-" .. key]
    if math.type(count) ~= "integer" or count < 1 then
      return nil, ("value of '%s-%s' config must be >= 1"):format(store, key)
    end
  end
  if not M.is_duration(pool.max_conn_time or "") then
    return nil, ("value of '%s-max-conn-time' config must be a valid time "
      .. "duration e.g. 1h"):format(store)
  end
  return pool
end

local function is_power_of_two(number)
  return math.type(number) == "integer" and number > 0
    and number & (number - 1) == 0
end

--- Checks the options in the order of the original's messages.
---@param config table<string, string|integer|boolean>
---@return temporal.Settings? settings
---@return string? message why the charm is blocked
function M.read(config)
  local level = config["log-level"] or "info"
  if not LOG_LEVELS[level] then
    return nil, "config: invalid log level " .. M.quoted(level)
  end
  local services, why = read_services(config["services"] or "")
  if not services then
    return nil, why
  end
  local shards = config["num-history-shards"]
  if not is_power_of_two(shards) then
    return nil, "value of 'num-history-shards' config must be set to a "
      .. "positive power of 2 (e.g. 1, 2, 4)"
  end
  local settings = {
    services = services,
    log_level = LOG_LEVELS[level],
    shards = shards,
  }
  for _, store in ipairs(STORES) do
    settings[store.field], why = read_pool(config, store.option)
    if not settings[store.field] then
      return nil, why
    end
  end
  return settings
end

return M
