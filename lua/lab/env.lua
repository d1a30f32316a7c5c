-- SPDX-License-Identifier: Apache-2.0
-- A hook's environment, as Juju's unit agent makes it: these variables and no
-- others. Pure.
local models = require "lab.model"

local M = {}

local SYSTEM_PATH <const> = "/usr/local/sbin:/usr/local/bin:/usr/sbin:"
  .. "/usr/bin:/sbin:/bin"

-- Before August 2024 (2.9.51, 3.6) agents listened on abstract addresses.
local function is_abstract(version)
  local major, minor, patch = version:match("^(%d+)%.(%d+)%.?(%d*)")
  major, minor, patch = tonumber(major), tonumber(minor), tonumber(patch) or 0
  if major == 2 then
    return minor < 9 or minor == 9 and patch < 51
  end
  return major == 3 and minor < 6
end

---Where the unit's agent serves hook tools, as a hook sees it. An abstract
---name is the machine's, so it has the model's number in it.
---@param model table
---@param unit_paths lab.UnitPaths
---@return string address
---@return boolean abstract
function M.socket(model, unit_paths)
  if is_abstract(models.setting(model, "agent-version")) then
    return ("@charmlab/%s/%s/agent.socket"):format(model.uuid, unit_paths.tag),
      true
  end
  return unit_paths.inside .. "/agent.socket", false
end

local function always(model, unit, unit_paths, context_id)
  local charm <const> = unit_paths.inside .. "/charm"
  return {
    APT_LISTCHANGES_FRONTEND = "none",
    CHARM_DIR = charm,
    CLOUD_API_VERSION = "1.31",
    DEBIAN_FRONTEND = "noninteractive",
    JUJU_AGENT_SOCKET_ADDRESS = (M.socket(model, unit_paths)),
    JUJU_AGENT_SOCKET_NETWORK = "unix",
    JUJU_API_ADDRESSES = "127.0.0.1:17070",
    JUJU_AVAILABILITY_ZONE = "",
    JUJU_CHARM_DIR = charm,
    JUJU_CHARM_FTP_PROXY = "",
    JUJU_CHARM_HTTP_PROXY = "",
    JUJU_CHARM_HTTPS_PROXY = "",
    JUJU_CHARM_NO_PROXY = "127.0.0.1,localhost,::1",
    JUJU_CONTEXT_ID = context_id,
    JUJU_MACHINE_ID = "",
    JUJU_MODEL_NAME = model.name,
    JUJU_MODEL_UUID = model.uuid,
    JUJU_PRINCIPAL_UNIT = "",
    JUJU_UNIT_NAME = unit.name,
    JUJU_VERSION = models.setting(model, "agent-version"),
    LANG = "C.UTF-8",
    PATH = unit_paths.tools_inside .. ":" .. SYSTEM_PATH,
    TERM = "tmux-256color",
  }
end

local KINDS <const> = {
  relation = function(env, hook)
    env.JUJU_RELATION = hook.endpoint
    env.JUJU_RELATION_ID = ("%s:%s"):format(hook.endpoint, hook.relation)
    env.JUJU_REMOTE_APP = hook.remote_app
    env.JUJU_REMOTE_UNIT = hook.remote_unit or ""
    env.JUJU_DEPARTING_UNIT = hook.departing_unit
  end,
  workload = function(env, hook)
    env.JUJU_WORKLOAD_NAME = hook.workload
  end,
  notice = function(env, hook)
    env.JUJU_NOTICE_ID = hook.notice.id
    env.JUJU_NOTICE_TYPE = hook.notice.type
    env.JUJU_NOTICE_KEY = hook.notice.key
  end,
  check = function(env, hook)
    env.JUJU_PEBBLE_CHECK_NAME = hook.check
  end,
  storage = function(env, hook, model, unit)
    local storage <const> = unit.storage[hook.storage]
    local charm <const> = model.applications[unit.application].charm
    local meta <const> = storage and charm.storage[storage.name]
    env.JUJU_STORAGE_ID = hook.storage
    env.JUJU_STORAGE_LOCATION = "/var/lib/juju/storage/" .. hook.storage
    env.JUJU_STORAGE_KIND = meta and meta.type or "filesystem"
  end,
  secret = function(env, hook)
    env.JUJU_SECRET_ID = "secret:" .. hook.secret
    env.JUJU_SECRET_LABEL = hook.label or ""
    env.JUJU_SECRET_REVISION = hook.revision and tostring(hook.revision)
  end,
  action = function(env, hook)
    if hook.commands then
      return
    end
    env.JUJU_ACTION_NAME = hook.name
    env.JUJU_ACTION_UUID = hook.action
    env.JUJU_ACTION_TAG = "action-" .. hook.action
  end,
}

---@param model table
---@param unit lab.Unit
---@param hook lab.Hook
---@param options { paths: lab.UnitPaths, context_id: string }
---@return table<string, string>
function M.of(model, unit, hook, options)
  local env <const> =
    always(model, unit, options.paths, options.context_id)
  if env.JUJU_VERSION < "4" then
    env.JUJU_SLA = "unsupported"
  end
  env.JUJU_HOOK_NAME = hook.action and "" or hook.name
  if not hook.commands then
    env.JUJU_DISPATCH_PATH =
      (hook.action and "actions/" or "hooks/") .. hook.name
  end
  for field, add in pairs(KINDS) do
    if hook[field] then
      add(env, hook, model, unit)
    end
  end
  return env
end

return M
