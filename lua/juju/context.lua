-- SPDX-License-Identifier: Apache-2.0
-- What Juju says in the environment about the run: one read-only table with
-- typed fields, nil where Juju is silent (an empty variable counts as silent).
-- Nothing else reads JUJU_* variables. A misspelt field raises.
local sys = require "host.sys"

local M = {}

local function number(text)
  return math.tointeger(tonumber(text))
end

-- "db:3" and "3" are both relation 3; "data/0" is storage 0.
local function last_number(text)
  return number(text:match("(%d+)$"))
end

local function before_slash(text)
  return text:match("^[^/]+")
end

local function flag()
  return true
end

local function words(separator)
  return function(text)
    local list = {}
    for word in text:gmatch("[^" .. separator .. "]+") do
      list[#list + 1] = word
    end
    return list
  end
end

-- field = { variable, how its text is read }
local FIELDS <const> = {
  action_name = { "JUJU_ACTION_NAME" },
  action_uuid = { "JUJU_ACTION_UUID" },
  agent_socket_address = { "JUJU_AGENT_SOCKET_ADDRESS" },
  agent_socket_network = { "JUJU_AGENT_SOCKET_NETWORK" },
  agent_token = { "JUJU_AGENT_TOKEN" },
  api_addresses = { "JUJU_API_ADDRESSES", words " " },
  app_name = { "JUJU_UNIT_NAME", before_slash },
  availability_zone = { "JUJU_AVAILABILITY_ZONE" },
  charm_dir = { "JUJU_CHARM_DIR" },
  context_id = { "JUJU_CONTEXT_ID" },
  departing_unit_name = { "JUJU_DEPARTING_UNIT" },
  debug = { "JUJU_DEBUG", flag },
  debug_at = { "JUJU_DEBUG_AT", words "," },
  dispatch_path = { "JUJU_DISPATCH_PATH" },
  hook_name = { "JUJU_HOOK_NAME" },
  http_proxy = { "JUJU_CHARM_HTTP_PROXY" },
  https_proxy = { "JUJU_CHARM_HTTPS_PROXY" },
  machine_id = { "JUJU_MACHINE_ID" },
  model_name = { "JUJU_MODEL_NAME" },
  model_uuid = { "JUJU_MODEL_UUID" },
  no_proxy = { "JUJU_CHARM_NO_PROXY" },
  notice_id = { "JUJU_NOTICE_ID" },
  notice_key = { "JUJU_NOTICE_KEY" },
  notice_type = { "JUJU_NOTICE_TYPE" },
  pebble_check_name = { "JUJU_PEBBLE_CHECK_NAME" },
  principal_unit = { "JUJU_PRINCIPAL_UNIT" },
  relation_id = { "JUJU_RELATION_ID", last_number },
  relation_name = { "JUJU_RELATION" },
  remote_app_name = { "JUJU_REMOTE_APP" },
  remote_unit_name = { "JUJU_REMOTE_UNIT" },
  secret_id = { "JUJU_SECRET_ID" },
  secret_label = { "JUJU_SECRET_LABEL" },
  secret_revision = { "JUJU_SECRET_REVISION", number },
  storage_index = { "JUJU_STORAGE_ID", last_number },
  storage_kind = { "JUJU_STORAGE_KIND" },
  storage_location = { "JUJU_STORAGE_LOCATION" },
  storage_name = { "JUJU_STORAGE_ID", before_slash },
  unit_name = { "JUJU_UNIT_NAME" },
  version = { "JUJU_VERSION" },
  workload_name = { "JUJU_WORKLOAD_NAME" },
}

---@class juju.Context
---@field action_name? string
---@field action_uuid? string
---@field agent_socket_address? string
---@field agent_socket_network? string
---@field agent_token? string
---@field api_addresses? string[]
---@field app_name? string of this unit
---@field availability_zone? string
---@field charm_dir? string
---@field context_id? string
---@field departing_unit_name? string
---@field debug? true
---@field debug_at? string[]
---@field dispatch_path? string "hooks/x" or "actions/x"
---@field event_name? string "config_changed", "restart_action"
---@field hook_name? string
---@field http_proxy? string for workloads, as are the two others
---@field https_proxy? string
---@field machine_id? string
---@field model_name? string
---@field model_uuid? string
---@field no_proxy? string
---@field notice_id? string
---@field notice_key? string
---@field notice_type? string
---@field pebble_check_name? string
---@field principal_unit? string
---@field relation_id? integer
---@field relation_name? string the endpoint
---@field remote_app_name? string
---@field remote_unit_name? string
---@field secret_id? string
---@field secret_label? string
---@field secret_revision? integer
---@field storage_index? integer
---@field storage_kind? string "filesystem", "block"
---@field storage_location? string
---@field storage_name? string
---@field unit_name? string
---@field version? string of Juju, "3.6.26"
---@field workload_name? string

local Context = {}

--- The remote application of this relation, where the event is about it.
---@param relation_id integer
---@return string?
function Context:remote_app_of(relation_id)
  return self.relation_id == relation_id and self.remote_app_name or nil
end

--- Is the event the end of this relation?
---@param relation_id integer
---@return boolean
function Context:is_broken(relation_id)
  return self.relation_id == relation_id and self.event_name ~= nil
    and self.event_name:find "_relation_broken$" ~= nil
end

-- Both variables say it; only the first knows actions.
local function event_name(values)
  local path = values.dispatch_path
    or values.hook_name and "hooks/" .. values.hook_name
  local kind, name = (path or ""):match "^(%a+)/([^/]+)$"
  if not kind then return nil end
  return name:gsub("-", "_") .. (kind == "actions" and "_action" or "")
end

local function read(environ)
  local values = {}
  for name, row in pairs(FIELDS) do
    local text, convert = environ[row[1]], row[2]
    if text and text ~= "" then
      values[name] = text
      if convert then values[name] = convert(text) end
    end
  end
  -- Where only the unit is named, its application is known all the same.
  if not values.remote_app_name and values.remote_unit_name then
    values.remote_app_name = before_slash(values.remote_unit_name)
  end
  values.event_name = event_name(values)
  return values
end

--- The context of these variables, by default of this process.
---@param environ? table<string, string>
---@return juju.Context
function M.read(environ)
  local values = read(environ or sys.environ())
  return setmetatable({}, {
    __name = "juju.context",
    __index = function(_, name)
      if not FIELDS[name] and not Context[name] and name ~= "event_name" then
        error(("the context has no field '%s'"):format(tostring(name)), 2)
      end
      return Context[name] or values[name]
    end,
    __newindex = function(_, name)
      error(("cannot set '%s': the context is read-only")
        :format(tostring(name)), 2)
    end,
    __pairs = function() return next, values end,
  })
end

return M
