-- SPDX-License-Identifier: Apache-2.0
local ports = require "ops.ports"

-- "80/tcp" or "80/tcp db,foo" -> a port's specification
local function spec(text)
  local name, endpoints = text:match "^(%S+)%s*(.*)$"
  local port, list = ports.spec(name), {}
  for endpoint in endpoints:gmatch "[^,]+" do
    list[#list + 1] = endpoint
  end
  port.endpoints = list
  return port
end

local function told(calls)
  local list = {}
  for i, call in ipairs(calls) do
    local port = call.spec
    list[i] = (port.port or port.protocol)
      .. (call.endpoints and " " .. table.concat(call.endpoints, ",") or "")
  end
  return table.concat(list, "; ")
end

describe("ports", function()
  it("are told in three ways", function()
    assert.same({ protocol = "tcp", port = 80 }, ports.spec(80))
    assert.same({ protocol = "tcp", port = 80 }, ports.spec "80")
    assert.same({ protocol = "udp", port = 50, to_port = 60 },
      ports.spec "50-60/udp")
    assert.same({ protocol = "icmp" }, ports.spec "icmp")
    assert.has_error(function() ports.spec {} end)
    assert.has_error(function() ports.spec(1.5) end)
  end)

  it("are closed and opened for as few endpoints as need it", function()
    for _, case in ipairs {
      -- wanted, opened, close, open
      { { "80" }, {}, "", "80" },
      { { "80" }, { "80 *" }, "", "" },
      { {}, { "80 *" }, "80", "" },
      { {}, { "80 db,foo" }, "80", "" },
      { { "80 db" }, {}, "", "80 db" },
      { { "80 db" }, { "80 db" }, "", "" },
      { { "80 db" }, { "80 *" }, "80", "80 db" },
      { { "80" }, { "80 db" }, "", "80" },
      { { "80 a,b" }, { "80 b,c" }, "80 c", "80 a" },
      { { "icmp", "80" }, { "icmp *", "90 *" }, "90", "80" },
      { { "80-90" }, { "80 *" }, "80", "80" },
    } do
      local wanted, opened = {}, {}
      for i, text in ipairs(case[1]) do wanted[i] = spec(text) end
      for i, text in ipairs(case[2]) do opened[i] = spec(text) end
      local close, open = ports.difference(wanted, opened)
      assert.equal(case[3], told(close), table.concat(case[1], " "))
      assert.equal(case[4], told(open), table.concat(case[1], " "))
    end
  end)
end)
