-- SPDX-License-Identifier: Apache-2.0
-- Services of the soak test: replanned with another definition, restarted,
-- stopped, one that ends at once, one that keeps dying and is backed off.
local layers = require "pebble.layers"
local services = require "pebble.services"

local M = {}

local FIXED <const> = {
  dies = { override = "replace", ["on-failure"] = "ignore",
    command = "sh -c 'echo no; exit 3'" },
  falters = { override = "replace", ["backoff-delay"] = "200ms",
    ["backoff-limit"] = "2s", command = "sh -c 'sleep 1.3; exit 1'" },
  talks = { override = "replace",
    command = "sh -c 'while :; do seq 200; sleep 1; done'" },
}

local function act(worker, action, names, expected)
  local change = assert(services.act(worker.client, action, names, 0))
  return worker:settle(change.id, expected)
end

local function state(worker, name)
  return assert(services.list(worker.client, { name }))[1].current
end

function M.begin(worker)
  assert(layers.add(worker.client, "fixed", { services = FIXED }))
  act(worker, "start", { "falters", "talks" })
end

function M.round(worker)
  local base = { override = "replace", startup = "enabled",
    command = "sleep 3600", environment = { ROUND = tostring(worker.round) } }
  assert(layers.add(worker.client, "turns", { services = {
    base = base,
    above = { override = "replace", startup = "enabled", after = { "base" },
      requires = { "base" }, command = "sh -c 'sleep 3600 & wait'" },
  } }, { combine = true }))
  act(worker, "replan")
  act(worker, "restart", { "above" })
  assert(services.signal(worker.client, "SIGCONT", { "base" }))
  act(worker, "stop", { "base" })
  assert(state(worker, "above") == "inactive", "above has not stopped")
  act(worker, "start", { "above" })
  assert(state(worker, "base") == "active", "base has not started")
  act(worker, "start", { "dies" }, "exited quickly with code 3")
  local falters = state(worker, "falters")
  assert(falters == "active" or falters == "backoff", falters)
end

return M
