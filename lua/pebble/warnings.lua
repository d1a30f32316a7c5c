-- SPDX-License-Identifier: Apache-2.0
-- Warnings. Before 1.16 Pebble had a resource of them; since then they are
-- notices of the type "warning", which nobody can wave off.
local errors = require "std.error"
local fields = require "pebble.fields"
local notices = require "pebble.notices"

local M = {}

local PATH <const> = "/v1/warnings"

---@class pebble.Warning
---@field message string
---@field first_added string
---@field last_added string
---@field last_shown? string
---@field expire_after? string
---@field repeat_after? string

local function is_gone(err)
  return errors.is(err, "pebble-api") and err.data.status == 404
end

local function from_notices(client)
  local list, err = notices.list(client, { types = { "warning" } })
  if not list then
    return nil, err
  end
  local warnings = {}
  for i, notice in ipairs(list) do
    warnings[i] = {
      message = notice.key,
      first_added = notice["first-occurred"],
      last_added = notice["last-occurred"],
      expire_after = notice["expire-after"],
      repeat_after = notice["repeat-after"],
    }
  end
  return warnings
end

---@param client pebble.Client
---@param options? {all?: boolean} before 1.16: those that were waved off, too
---@return pebble.Warning[]?
---@return std.Error? err
function M.list(client, options)
  local list, err = client:get {
    tried = "list the warnings",
    path = PATH,
    query = { select = options and options.all and "all" or nil },
  }
  if not list then
    if is_gone(err) then
      return from_notices(client)
    end
    return nil, err
  end
  local warnings = {}
  for i, item in ipairs(list) do
    warnings[i] = fields(item)
  end
  return warnings
end

---Waves off the warnings up to a moment (before 1.16).
---@param client pebble.Client
---@param moment string as of a warning's last_added
---@return integer? count
---@return std.Error? err
function M.ack(client, moment)
  local count, err = client:post {
    tried = "wave off the warnings",
    path = PATH,
    body = { action = "okay", timestamp = moment },
  }
  if is_gone(err) then
    return nil, errors.new {
      kind = "pebble-api",
      tried = client:describe "wave off the warnings",
      happened = "only Pebble before 1.16 can; now they are notices of the "
        .. "type warning, which expire",
      data = { kind = "unsupported", status = 404 },
    }
  end
  return count, err
end

return M
