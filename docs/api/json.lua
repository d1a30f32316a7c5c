---@meta host.json
-- SPDX-License-Identifier: Apache-2.0
-- JSON text to Lua values; std.json is the module to use, and writes it too.

local json = {}

---The mark of an array: the metatable of every decoded one.
---@type table
json.array = {}

---@class host.json.Limits
---@field max_depth? integer levels of arrays and objects, default 200
---@field max_size? integer bytes, default 64 MiB

---Integers stay integers, and beyond 64 bits are refused; floats stay floats;
---null is `std.null`. Of a key that is there twice the last value wins.
---@param text string
---@param limits? host.json.Limits
---@return any value nil when it cannot be read
---@return string? message with line and column, without a word of the text
---@return "syntax"|"too-large"|"too-deep"|nil code
function json.decode(text, limits) end

return json
