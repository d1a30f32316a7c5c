-- SPDX-License-Identifier: Apache-2.0
-- Every wait of the client is bounded by default, and each bound can be set:
-- for all calls of a client, and, where a call takes one, for that call.
local client_module = require "pebble.client"
local errors = require "std.error"
local exec = require "pebble.exec"
local layers = require "pebble.layers"
local logs = require "pebble.logs"
local pebble = require "tests.support.pebble"
local services = require "pebble.services"
local sys = require "host.sys"

describe("the deadlines of a client", function()
  local server
  local LONG <const> = { "sleep", "60" }

  setup(function() server = pebble.start() end)
  teardown(function() server:stop() end)

  -- Does this call give up after about that many seconds?
  local function gives_up(options, call)
    local client = client_module.new { socket = server.socket,
      change_timeout = options.change_timeout,
      exec_timeout = options.exec_timeout, timeout = options.timeout }
    local before = sys.monotonic()
    local got, err = call(client)
    local took = sys.monotonic() - before
    client:close()
    assert.is_falsy(got)
    assert.is_true(took > 0.15 and took < 3, took)
    return err
  end

  local function is_late(err)
    assert.is_true(errors.is(err, "pebble-timeout"), tostring(err))
  end

  it("are these by default", function()
    local client = server.client
    assert.same({ 10, 30, 300, 3600, 5 }, { client.timeout,
      client.change_timeout, client.exec_timeout, client.transfer_timeout,
      client.retry })
  end)

  it("bound a command, by the client's and by its own", function()
    is_late(gives_up({ exec_timeout = 0.2 }, function(client)
      return assert(exec.start(client, LONG)):wait()
    end))
    is_late(gives_up({ exec_timeout = 60 }, function(client)
      return assert(exec.start(client, LONG, { timeout = 0.2 })):wait()
    end))
  end)

  it("let a command without one run on", function()
    local client = client_module.new { socket = server.socket,
      exec_timeout = -1 }
    local process = assert(exec.start(client, { "sleep", "0.5" }))
    assert.is_nil(process.timeout)
    assert.equal(0, process:wait())
    client:close()
  end)

  it("bound the wait for a change", function()
    local name = server:name "late"
    assert(layers.add(server.client, name, { services = {
      [name] = { override = "replace", command = "sleep 60" } } }))
    is_late(gives_up({ change_timeout = 0.2 }, function(client)
      return services.act(client, "start", { name })
    end))
    assert(services.act(server.client, "stop", { name }))
  end)

  it("bound following the logs, which is no error", function()
    assert.is_nil(gives_up({ change_timeout = 0.2 }, function(client)
      return logs.follow(client, {}, function() end)
    end))
  end)

  it("bound one call", function()
    is_late(gives_up({ timeout = 0.2 }, function(client)
      return client:get { tried = "wait", path = "/v1/notices",
        query = { timeout = "60s", keys = "example.com/never" } }
    end))
  end)
end)
