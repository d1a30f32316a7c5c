-- SPDX-License-Identifier: Apache-2.0
-- Ports: what opens them, for which endpoints, and when.
local hooktool_run = require "tests.support.hooktool_run"

local run <const> = hooktool_run.runner(hooktool_run.CONFIG)
local out <const>, fails <const> = hooktool_run.out, hooktool_run.fails

describe("ports", function()
  it("open and close ports when the run is committed", function()
    local call, context, model = run()
    out(call("open-port", "80"))
    out(call("open-port", "81/udp"))
    out(call("close-port", "81/udp"))
    assert.equal('["80/tcp"]\n', out(call("opened-ports", "--format=json")))
    assert.same({}, model.units["client/0"].ports)
    assert(context:commit())
    assert.same({ ["80/tcp"] = true }, model.units["client/0"].ports)
    fails(1, "port ranges are not supported for k8s applications, please "
      .. "specify a single port", call("open-port", "1-2"))
    fails(2, 'invalid protocol "sctp", expected "tcp", "udp", or "icmp"',
      call("open-port", "1/sctp"))
    fails(2, "port range bounds must be between 0 and 65535, got 99999-99999",
      call("open-port", "99999"))
    fails(2, 'invalid port "x": strconv.Atoi: parsing "x": invalid syntax',
      call("open-port", "x"))
    fails(2, "no port or range specified", call("close-port"))
  end)

  it("open ports for some endpoints, or all but some", function()
    local call, context, model = run()
    out(call("open-port", "--endpoints", "db, peer", "80"))
    out(call("open-port", "81"))
    out(call("close-port", "--endpoints", "db", "81"))
    out(call("open-port", "9/udp"))
    assert.equal('["80/tcp (db, peer)","81/tcp (peer)","9/udp (*)"]\n',
      out(call("opened-ports", "--endpoints", "--format=json")))
    out(call("close-port", "80", "--endpoints=db,peer"))
    out(call("close-port", "81"))
    assert(context:commit())
    assert.same({ ["9/udp"] = true }, model.units["client/0"].ports)
  end)

  it("refuse with the commit what Kubernetes cannot do", function()
    local call, context = run()
    out(call("open-port", "icmp"))
    assert.same({ nil, "icmp is not supported for k8s applications" },
      { context:commit() })
    call, context = run()
    out(call("open-port", "80", "--endpoints", "nope"))
    assert.same({ nil, 'endpoint "nope" not found' }, { context:commit() })
  end)
end)
