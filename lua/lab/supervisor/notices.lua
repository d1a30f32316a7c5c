-- SPDX-License-Identifier: Apache-2.0
-- Notices: what happened, once per user, type and key, with a count. Clients
-- list them and wait for new ones; changes leave one at every status.
local clock = require "lab.supervisor.clock"
local duration = require "std.duration"
local input = require "lab.supervisor.input"
local json = require "std.json"
local reply = require "lab.supervisor.reply"

local M = {}
M.__index = M

local SECOND <const> = 1000000000
local EXPIRE <const> = 7 * 86400
local KEEP_MAX <const> = 1000
local KEY_MAX <const> = 256
local DATA_MAX <const> = 4096
local TYPES <const> =
  { custom = true, ["change-update"] = true, warning = true }

---@class lab.supervisor.Notice
---@field id string
---@field user_id integer? nil: everybody's
---@field type string
---@field key string
---@field last_repeated integer

---@class lab.supervisor.Notices
---@field changed lab.Event pulses when one is new or repeated

---@param loop lab.Loop
---@return lab.supervisor.Notices
function M.new(loop)
  return setmetatable({
    loop = loop,
    changed = loop:event(),
    by_name = {},
    last_id = 0,
  }, M)
end

-- One comes at a time, so at most one is too many.
local function prune(self)
  local horizon <const> = clock.now() - EXPIRE * SECOND
  local count, oldest = 0, nil
  for name, notice in pairs(self.by_name) do
    if notice.last_occurred < horizon then
      self.by_name[name] = nil
    else
      count = count + 1
      oldest = oldest and self.by_name[oldest].last_occurred
        < notice.last_occurred and oldest or name
    end
  end
  if count > KEEP_MAX then
    self.by_name[oldest] = nil
  end
end

---Records one occurrence.
---@param spec { type: string, key: string, user_id: integer?, data: table?, repeat_after: number? }
---@return lab.supervisor.Notice
function M:add(spec)
  local name <const> = ("%s|%s|%s"):format(spec.user_id or "", spec.type,
    spec.key)
  local now <const> = clock.now()
  local notice = self.by_name[name]
  local repeat_after <const> = spec.repeat_after or 0
  local news = true
  if not notice then
    self.last_id = self.last_id + 1
    notice = {
      id = tostring(self.last_id),
      user_id = spec.user_id,
      type = spec.type,
      key = spec.key,
      first_occurred = now,
      last_repeated = now,
      occurrences = 0,
    }
    self.by_name[name] = notice
  else
    news = now > notice.last_repeated + math.floor(repeat_after * SECOND)
  end
  notice.occurrences = notice.occurrences + 1
  notice.last_occurred = now
  notice.data, notice.repeat_after = spec.data, repeat_after
  prune(self)
  if news then
    notice.last_repeated = now
    self.changed:pulse()
  end
  return notice
end

local function show(notice)
  return {
    id = notice.id,
    ["user-id"] = notice.user_id or json.null,
    type = notice.type,
    key = notice.key,
    ["first-occurred"] = clock.format(notice.first_occurred),
    ["last-occurred"] = clock.format(notice.last_occurred),
    ["last-repeated"] = clock.format(notice.last_repeated),
    occurrences = notice.occurrences,
    ["last-data"] = notice.data,
    ["repeat-after"] = notice.repeat_after > 0
      and duration.format(notice.repeat_after) or nil,
    ["expire-after"] = duration.format(EXPIRE),
  }
end

local function matches(notice, filter)
  return (not filter.types or filter.types[notice.type])
    and (not filter.keys or filter.keys[notice.key])
    and (not filter.after or notice.last_repeated > filter.after)
    and (filter.all or not notice.user_id or notice.user_id == filter.uid)
end

local function select(self, filter)
  local list <const> = json.array()
  for _, notice in pairs(self.by_name) do
    if matches(notice, filter) then
      list[#list + 1] = notice
    end
  end
  table.sort(list, function(a, b)
    return a.last_repeated < b.last_repeated
  end)
  for index, notice in ipairs(list) do
    list[index] = show(notice)
  end
  return list
end

local function read_users(request, filter)
  local users <const>, uid <const> = request.query.users,
    request.query["user-id"]
  if (users or uid) and request.level ~= "admin" then
    reply.refuse(403,
      'only admins may use the "users" and "user-id" parameters')
  elseif users and uid then
    reply.refuse(400, 'cannot use both "users" and "user-id"')
  elseif users and users ~= "all" then
    reply.refuse(400, 'invalid "users" parameter: must be "all"')
  elseif uid and not uid:find("^%d+$") then
    reply.refuse(400, 'invalid "user-id" parameter')
  end
  filter.all = users == "all"
  filter.uid = uid and math.tointeger(tonumber(uid)) or request.peer.uid
end

local function read_filter(request)
  local filter <const> = {}
  read_users(request, filter)
  local types <const>, keys <const> = input.list(request, "types"),
    input.list(request, "keys")
  if #keys > 0 then
    filter.keys = input.set(keys)
  end
  if #types > 0 then
    filter.types, filter.nothing = input.set(types), true
    for _, name in ipairs(types) do
      filter.nothing = filter.nothing and not TYPES[name]
    end
  end
  local after <const> = request.query.after
  if after and after ~= "" then
    filter.after = clock.parse(after) or reply.refuse(400,
      ('invalid "after" timestamp %q: must be RFC 3339'):format(after))
  end
  return filter
end

---GET /v1/notices
function M:list(request)
  local filter <const> = read_filter(request)
  local text <const> = request.query.timeout or ""
  local timeout <const> = text ~= "" and input.duration(text, "timeout")
  local found = filter.nothing and json.array() or select(self, filter)
  if not timeout or #found > 0 or filter.nothing then
    return reply.sync(found)
  end
  local deadline <const> = clock.now()
    + math.floor(timeout * SECOND)
  request:watch(self.changed)
  repeat
    local left <const> = (deadline - clock.now()) / SECOND
    local ok <const> = left > 0 and self.changed:wait(left)
    found = select(self, filter)
  until #found > 0 or request.gone or not ok
  return reply.sync(found)
end

---GET /v1/notices/ID
function M:get(request, id)
  for _, notice in pairs(self.by_name) do
    if notice.id == id then
      if notice.user_id and notice.user_id ~= request.peer.uid
        and request.level ~= "admin"
      then
        reply.refuse(403, "not allowed to access notice with id " .. id)
      end
      return reply.sync(show(notice))
    end
  end
  return reply.refuse(404, ("cannot find notice with id %q"):format(id))
end

local function is_label(text)
  return text:find("^[a-z0-9][a-z0-9-]*$") and not text:find("%-%-")
    and not text:find("%-$")
end

-- example.com/path: a domain of two labels or more, a path of one or more.
local function is_custom_key(key)
  local domain, path = key:match("^([^/]+)/(.+)$")
  if not domain or #key > KEY_MAX or not domain:find(".", 1, true) then
    return false
  end
  for _, part in ipairs { { domain, "." }, { path, "/" } } do
    for label in (part[1] .. part[2]):gmatch("(.-)%" .. part[2]) do
      if not is_label(label) then
        return false
      end
    end
  end
  return true
end

---POST /v1/notices
function M:post(request)
  local body <const> = input.body(request)
  local key <const> = input.field(body, "key", "string") or ""
  local data <const> = input.field(body, "data", "map")
  local pause <const> = input.field(body, "repeat-after", "string")
  if body.action ~= "add" then
    reply.refuse(400, ("invalid action %q"):format(tostring(body.action)))
  elseif body.type ~= "custom" then
    reply.refuse(400, ("cannot add notice of type %q: only custom ones")
      :format(tostring(body.type)))
  elseif not is_custom_key(key) then
    reply.refuse(400, ("invalid key %q: must look like example.com/path")
      :format(key))
  elseif data and #json.encode(data) > DATA_MAX then
    reply.refuse(400, ("data larger than %d bytes"):format(DATA_MAX))
  end
  local notice <const> = self:add {
    type = "custom",
    key = key,
    user_id = request.peer.uid,
    data = data,
    repeat_after = pause and pause ~= ""
      and input.duration(pause, "repeat-after") or 0,
  }
  return reply.sync { id = notice.id }
end

return M
