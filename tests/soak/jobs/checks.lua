-- SPDX-License-Identifier: Apache-2.0
-- Checks of the soak test: of all kinds; two fail and recover, with a service
-- restarted by one; one never ends; one is stopped, started and refreshed.
local checks = require "pebble.checks"
local fs = require "host.fs"
local layers = require "pebble.layers"
local services = require "pebble.services"
local system = require "pebble.system"

local M = {}

local function mark(worker)
  return worker.dir .. "/alive"
end

function M.begin(worker)
  assert(fs.write(mark(worker), ""))
  assert(layers.add(worker.client, "checks", {
    services = {
      guarded = { override = "replace", command = "sleep 3600",
        ["backoff-delay"] = "100ms", ["backoff-limit"] = "1s",
        ["on-check-failure"] = { file = "restart" } },
    },
    checks = {
      file = { override = "replace", period = "400ms", threshold = 2,
        exec = { command = "test -e " .. mark(worker) } },
      page = { override = "replace", period = "500ms", threshold = 2,
        http = { url = ("http://127.0.0.1:%d%s"):format(
          worker.port, mark(worker)) } },
      port = { override = "replace", period = "500ms",
        tcp = { host = "127.0.0.1", port = worker.port } },
      stuck = { override = "replace", period = "1s", timeout = "200ms",
        exec = { command = "sh -c 'sleep 600 & wait'" } },
    },
  }))
  local change = assert(services.act(worker.client, "start", { "guarded" }, 0))
  worker:settle(change.id)
end

local function check(worker, name)
  return assert(checks.list(worker.client, { names = { name } }))[1]
end

local function become(worker, status)
  for _, name in ipairs { "file", "page" } do
    worker:eventually(name .. " is " .. status, function()
      return check(worker, name).status == status
    end)
  end
end

local function since(worker)
  return assert(services.list(worker.client, { "guarded" }))[1].since
end

function M.round(worker)
  local started = since(worker)
  assert(fs.write(mark(worker), ""))
  become(worker, "up")
  local performed = check(worker, "page").change_id
  assert(fs.remove(mark(worker)))
  become(worker, "down")
  worker:settle(performed, "non%-2xx status code 503")
  assert(system.healthy(worker.client, { names = { "file" } }) == false)
  local recovered = check(worker, "page").change_id
  worker:eventually("guarded is restarted", function()
    return since(worker) ~= started
  end)
  assert(fs.write(mark(worker), ""))
  become(worker, "up")
  worker:settle(recovered)
  local info, failure = checks.refresh(worker.client, "port")
  assert(info and not failure, failure)
  performed = check(worker, "port").change_id
  assert(checks.act(worker.client, "stop", { "port" }))
  worker:settle(performed)
  assert(checks.act(worker.client, "start", { "port" }))
end

function M.finish(worker)
  assert(checks.act(worker.client, "stop",
    { "file", "page", "port", "stuck" }))
end

return M
