-- SPDX-License-Identifier: Apache-2.0
-- More of what Juju could never bring about: secrets, storage, networks, the
-- workload of an event, the cloud. Each function says what is wrong; used by
-- testing.consistency.
local layers = require "testing.container_layers"
local secret_content = require "juju.secret_content"
local version = require "ops.version"

local M = {}

local function check_content(content, what, say)
  local refusal = content and secret_content.refusal(content)
  if refusal then
    say("%s: %s", what, refusal)
  end
end

function M.secrets(state, _, say, options)
  local ids, labels = {}, {}
  local list = state.secrets or {}
  if #list > 0 and version.parse(options.juju_version) < version.parse "3.0"
  then
    say("Juju %s has no secrets", options.juju_version)
  end
  for i, secret in ipairs(list) do
    local name = ("the secret %s"):format(secret.id or secret.label or i)
    check_content(secret.tracked_content, name .. ", tracked", say)
    check_content(secret.latest_content, name .. ", latest", say)
    if not secret.tracked_content and not secret.latest_content then
      say("%s has no content", name)
    elseif secret.owner and secret.owner ~= "app" and secret.owner ~= "unit"
    then
      say("%s has the owner '%s'; there are 'app' and 'unit'", name,
        secret.owner)
    elseif not secret.owner and next(secret.remote_grants or {}) then
      say("%s is another's, only its owner grants it", name)
    elseif secret.id and ids[secret.id] then
      say("two secrets have the id %s", secret.id)
    elseif secret.label and labels[secret.label] then
      say("two secrets have the label '%s'", secret.label)
    end
    ids[secret.id or secret] = true
    labels[secret.label or secret] = true
  end
end

function M.storages(state, meta, say)
  local seen = {}
  for _, storage in ipairs(state.storages or {}) do
    local name = tostring(storage.name)
    local id = ("%s/%s"):format(name, storage.index or #seen)
    if not meta.storages[name] then
      say("the storage '%s' is not in metadata.yaml", name)
    elseif storage.index and seen[id] then
      say("the storage '%s' is there twice", id)
    end
    seen[id] = true
  end
end

function M.endpoints(_, meta, say)
  local seen = {}
  for _, section in ipairs { "requires", "provides", "peers" } do
    for name in pairs(meta[section]) do
      if seen[name] then
        say("metadata.yaml declares the endpoint '%s' twice, in %s and %s",
          name, seen[name], section)
      end
      seen[name] = section
    end
  end
end

function M.networks(state, meta, say)
  for name in pairs(state.networks or {}) do
    if not meta.relations[name] and not meta.extra_bindings[name]
      and name ~= "juju-info" then
      say("the binding '%s' is not in metadata.yaml", name)
    end
  end
  for name in pairs(meta.extra_bindings) do
    if meta.relations[name] then
      say("'%s' is an endpoint and an extra binding", name)
    end
  end
end

-- A check of the state must be that of the plan.
local function check_checks(container, say)
  local planned = layers.plan(container.layers or {}).checks or {}
  for name, check in pairs(container.checks or {}) do
    local plan = planned[name]
    if not plan then
      say("the plan of '%s' has no check '%s'", container.name, name)
    elseif type(check) == "table" then
      for _, field in ipairs { "level", "startup", "threshold" } do
        if check[field] and plan[field] and check[field] ~= plan[field] then
          say("the check '%s' has the %s %s, its plan %s", name, field,
            tostring(check[field]), tostring(plan[field]))
        end
      end
    end
  end
end

local function check_execs(container, say)
  local seen = {}
  for _, exec in ipairs(container.execs or {}) do
    local prefix = table.concat(exec.command_prefix, "\0")
    if seen[prefix] then
      say("two execs of '%s' have the command prefix '%s'", container.name,
        table.concat(exec.command_prefix, " "))
    end
    seen[prefix] = true
  end
end

local function check_notices(container, say)
  local seen = {}
  for _, notice in ipairs(container.notices or {}) do
    local key = tostring(notice.key)
    if not notice.id or not notice.key then
      say("a notice of '%s' has no id or no key", container.name)
    elseif seen[key] then
      say("two notices of '%s' have the key '%s'", container.name, key)
    end
    seen[key] = true
  end
end

function M.workloads(state, _, say)
  for _, container in ipairs(state.containers or {}) do
    check_checks(container, say)
    check_execs(container, say)
    check_notices(container, say)
  end
end

function M.cloud(state, _, say, options)
  local kind = state.model and state.model.type
  if state.cloud_spec and kind == "kubernetes"
    and version.parse(options.juju_version) < version.parse "3.6.10" then
    say("Juju %s tells no cloud's specification on Kubernetes",
      options.juju_version)
  end
end

return M
