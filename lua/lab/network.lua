-- SPDX-License-Identifier: Apache-2.0
-- Labs on one machine share its loopback addresses: each controller reserves
-- one network, 127.N.0.0/16, for as long as it runs, by an abstract socket.
local net = require "host.lab.net"
local sys = require "host.sys"

local M = {}

local FIRST <const>, LAST <const> = 100, 199

local function reserve(number)
  return net.listen { path = ("@charmlab-127.%d"):format(number) }
end

-- From a number by chance on: the network of a lab that was killed should
-- still be free when it resumes.
local function reserve_any()
  local count <const> = LAST - FIRST + 1
  local start <const> = sys.random(1):byte()
  for step = 0, count - 1 do
    local number <const> = FIRST + (start + step) % count
    local held <const> = reserve(number)
    if held then
      return held, number
    end
  end
  return nil, ("all networks from 127.%d to 127.%d are in use by other labs")
    :format(FIRST, LAST)
end

---@param wanted integer? the one that the models' addresses are in already
---@return userdata? reservation keep it open
---@return integer|string number or the message
function M.reserve(wanted)
  if not wanted then
    return reserve_any()
  end
  local held <const> = reserve(wanted)
  if not held then
    return nil, ("another lab uses the addresses 127.%d.*.* meanwhile; end it "
      .. "first"):format(wanted)
  end
  return held, wanted
end

return M
