-- SPDX-License-Identifier: Apache-2.0
-- Notices: what a workload tells its charm; the list, and waiting for one.
-- They come as Pebble sends them; times stay text, so that none of their
-- digits is lost when one is handed back as `after`.
local client_module = require "pebble.client"
local sys = require "host.sys"

local M = {}

local SINCE <const> = "1.5"
local SLICE <const> = 20 -- seconds of one long poll

---@class pebble.Notice
---@field id string
---@field type string "custom", "change-update", "warning"
---@field key string
---@field occurrences integer
---@field ["user-id"]? integer|userdata null: everybody's
---@field ["first-occurred"] string
---@field ["last-occurred"] string
---@field ["last-repeated"] string
---@field ["last-data"]? table<string, string>
---@field ["repeat-after"]? string
---@field ["expire-after"]? string

---@class pebble.NoticesOptions
---@field types? string[]
---@field keys? string[]
---@field after? string only what was repeated after this moment
---@field users? "all" since Pebble 1.9; for admins
---@field user_id? integer for admins

---@param client pebble.Client
---@param id string
---@return pebble.Notice?
---@return std.Error? err
function M.get(client, id)
  return client:get {
    tried = "read notice " .. id,
    path = "/v1/notices/" .. client_module.encode(id),
    since = SINCE,
  }
end

local function ask(client, options, seconds)
  local tried = "list the notices"
  if options.users or options.user_id then
    -- an older Pebble would leave this aside without a word
    local ok, err = client:need("1.9", tried)
    if not ok then
      return nil, err
    end
  end
  return client:get {
    tried = tried,
    path = "/v1/notices",
    query = {
      types = options.types and table.concat(options.types, ","),
      keys = options.keys and table.concat(options.keys, ","),
      after = options.after,
      users = options.users,
      ["user-id"] = options.user_id,
      timeout = seconds and ("%dms"):format(math.ceil(seconds * 1000)),
    },
    timeout = seconds and seconds + client.timeout,
    since = SINCE,
  }
end

---@param client pebble.Client
---@param options? pebble.NoticesOptions
---@return pebble.Notice[]? notices in the order of their last repeats
---@return std.Error? err
function M.list(client, options)
  return ask(client, options or {})
end

---Waits until there is a notice that fits. To follow them all, give the
---`last-repeated` of the last one as the next `after`.
---@param client pebble.Client
---@param options? pebble.NoticesOptions
---@param timeout? number seconds, instead of the client's for changes
---@return pebble.Notice[]? notices none when the time is over
---@return std.Error? err
function M.wait(client, options, timeout)
  local deadline = sys.monotonic() + (timeout or client.change_timeout)
  while true do
    local left = math.min(SLICE, deadline - sys.monotonic())
    local list, err = ask(client, options or {}, math.max(left, 0.001))
    if not list or #list > 0 or sys.monotonic() >= deadline then
      return list, err
    end
  end
end

---Records a custom notice.
---@param client pebble.Client
---@param key string "example.com/path"
---@param options? {data?: table<string, string>, repeat_after?: string}
---@return string? id
---@return std.Error? err
function M.notify(client, key, options)
  options = options or {}
  local result, err = client:post {
    tried = "record notice " .. key,
    path = "/v1/notices",
    body = {
      action = "add",
      type = "custom",
      key = key,
      data = options.data,
      ["repeat-after"] = options.repeat_after,
    },
    since = SINCE,
  }
  if not result then
    return nil, err
  end
  return result.id
end

return M
