---@meta host.lab.signals
-- SPDX-License-Identifier: Apache-2.0
-- Signals as something to read, for the loop.

local signals = {}

---From now on these signals are read, and do nothing else.
---@param names string[] "TERM", "INT", "CHLD" and so on
---@return host.lab.signals? signals
---@return string? message
---@return string? code
function signals.block(names) end

---@class host.lab.signals
local handle = {}

---@return string[]? names that came since; {} when none did
---@return string? message
---@return string? code
function handle:read() end

---@return integer fd readable when a signal came
function handle:fd() end

---Signals nobody has read are dropped; later ones work as before.
---@return true also the second time
function handle:close() end

return signals
