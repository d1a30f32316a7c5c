-- SPDX-License-Identifier: Apache-2.0
-- The answered call is part of the flow's tests, against the real server.
local grpc = require "ops.grpc"

describe("a gRPC call", function()
  it("to a port that nobody listens on fails as connect", function()
    local answer, err = grpc.unary { address = "127.0.0.1", port = 1,
      service = "a.B", method = "C", timeout = 1 }
    assert.is_nil(answer)
    assert.equal("grpc", err.kind)
    assert.equal("connect", err.data.code)
    assert.is_truthy(tostring(err):find("cannot call C of 127.0.0.1:1: ", 1, true))
  end)
end)
