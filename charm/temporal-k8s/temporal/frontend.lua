-- SPDX-License-Identifier: Apache-2.0
-- Whether the server answers a call that reads its database. A port that is
-- open says nothing: after a restart the ports are there 15 s before the
-- services, and gRPC health stays SERVING without a database.
local ops = require "ops"

local M = {}

local SERVICE <const> = "temporal.api.workflowservice.v1.WorkflowService"
-- DescribeNamespaceRequest{namespace: "temporal-system"}: every server has it.
local NAMESPACE <const> = "temporal-system"
local REQUEST <const> = ("\x0a%s"):format(string.pack("s1", NAMESPACE))
local CALL_TIMEOUT <const> = 2
local PAUSE <const> = 0.5

--- One attempt.
---@param address string
---@param port integer
---@return boolean answers
---@return std.Error? err
function M.answers(address, port)
  local answer, err = ops.grpc.unary {
    address = address,
    port = port,
    service = SERVICE,
    method = "DescribeNamespace",
    message = REQUEST,
    timeout = CALL_TIMEOUT,
  }
  return answer ~= nil, err
end

--- Attempts until one is answered or `seconds` have passed.
---@param address string
---@param port integer
---@param seconds number
---@return boolean answers
---@return std.Error? err of the last attempt
function M.wait(address, port, seconds)
  local deadline = ops.monotonic() + seconds
  while true do
    local answers, err = M.answers(address, port)
    if answers or ops.monotonic() + PAUSE >= deadline then
      return answers, err
    end
    ops.sleep(PAUSE)
  end
end

return M
