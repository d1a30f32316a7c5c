---@meta host.poll
-- SPDX-License-Identifier: Apache-2.0
-- Wait until one of several descriptors is ready.

local poll = {}

---@class host.poll.Entry
---@field fd integer|host.fs.file
---@field read? boolean wait until it can be read, or is at its end
---@field write? boolean wait until it can be written to
---@field readable? true set by wait
---@field writable? true set by wait
---@field hangup? true set by wait: the other end is gone, or there is an error
---@field error? true set by wait: an error, or the descriptor is not open

---Marks every entry anew, so that the tables can be used again. An entry with
---neither `read` nor `write` waits for a hang-up.
---@param entries host.poll.Entry[]
---@param timeout? number seconds; nil or below 0: none
---@return host.poll.Entry[]? ready those of `entries`; {} after the timeout
---@return string? message
---@return string? code
function poll.wait(entries, timeout) end

return poll
