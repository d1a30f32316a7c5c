-- SPDX-License-Identifier: Apache-2.0
-- The few things a charm needs of its own process: a digest that stands in for
-- a secret, fresh secrets, and time. Called as ops.digest, ops.token, ….
local sys = require "host.sys"

local M = {}

---@param text string
---@return string SHA-256 in lower-case hexadecimal digits
function M.digest(text)
  return sys.sha256(text)
end

---@param size? integer random bytes, 24 by default
---@return string twice as many hexadecimal digits
function M.token(size)
  return (sys.random(size or 24):gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

---@param seconds number
function M.sleep(seconds)
  sys.sleep(seconds)
end

---@return number seconds on a clock that only goes forward
function M.monotonic()
  return sys.monotonic()
end

return M
