-- SPDX-License-Identifier: Apache-2.0
package.path = "charm/postgresql-k8s/?.lua;" .. package.path
local layer = require "postgresql.layer"
local proc = require "host.proc"
local shellwords = require "std.shellwords"
local sys = require "host.sys"

describe("the layer", function()
  local service = layer.build("10.0.0.9", 200).services.postgresql

  it("runs the server as its own user, and gives it time to stop", function()
    assert.equal("postgres", service.user)
    assert.equal("enabled", service.startup)
    assert.equal("replace", service.override)
    assert.equal("30s", service["kill-delay"])
  end)

  it("is one shell word for all that the server is told", function()
    local words = assert(shellwords.split(service.command))
    assert.equal(3, #words)
    assert.equal("sh", words[1])
    assert.is_truthy(words[3]:find("postgres -D /var/lib/postgresql/data/pgdata "
      .. "-c listen_addresses=10.0.0.9 -c port=5432 ", 1, true))
  end)

  it("turns Pebble's SIGTERM into the server's fast stop", function()
    local words = assert(shellwords.split(service.command))
    -- In the server's place: a program that ends on SIGINT alone. As the server
    -- does, it takes SIGINT back, which sh has ignored in what it puts aside.
    words[3] = words[3]:gsub("^.- & ", "env --default-signal=INT sh -c 'trap "
      .. "\"exit 7\" INT; trap \"\" TERM; while :; do sleep 0.05; done' & ", 1)
    local process <close> = assert(proc.spawn { argv = words, group = true })
    sys.sleep(0.3)
    process:kill("TERM")
    assert.same({ code = 7 }, process:wait(5))
  end)

  it("keeps what must survive the pod on the storage", function()
    for _, path in ipairs { layer.CLUSTER, layer.NEW_CLUSTER, layer.PASSWORD,
      layer.HBA } do
      assert.is_truthy(path:find("^/var/lib/postgresql/data/"))
    end
  end)

  it("lets nobody in without a password", function()
    for line in layer.HBA_TEXT:gmatch("[^\n]+") do
      assert.is_truthy(line:find("scram%-sha%-256$"))
    end
  end)
end)
