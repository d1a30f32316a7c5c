-- SPDX-License-Identifier: Apache-2.0
-- Labs on one machine share its loopback addresses: each controller reserves
-- one network, 127.N.0.0/16, for as long as it runs, by an abstract socket.
local net = require "host.lab.net"

local M = {}

local FIRST <const>, LAST <const> = 100, 199

local function reserve(number)
  return net.listen { path = ("@charmlab-127.%d"):format(number) }
end

---@param wanted integer? the one that the models' addresses are in already
---@return userdata? reservation keep it open
---@return integer|string number or the message
function M.reserve(wanted)
  for number = wanted or FIRST, wanted or LAST do
    local held <const> = reserve(number)
    if held then
      return held, number
    end
  end
  if wanted then
    return nil, ("another lab uses the addresses 127.%d.*.* meanwhile; end it "
      .. "first"):format(wanted)
  end
  return nil, ("all networks from 127.%d to 127.%d are in use by other labs")
    :format(FIRST, LAST)
end

return M
