---@meta host.yaml
-- SPDX-License-Identifier: Apache-2.0
-- YAML text to Lua values; std.yaml is the module to use, and writes it too.

local yaml = {}

---@class host.yaml.Limits
---@field max_size? integer bytes, default 4 MiB
---@field max_depth? integer levels of sequences and mappings, default 100
---@field max_aliases? integer nodes that aliases may stand for, default 10000
---@field strings? boolean every scalar is its text, an empty one or null ""
---@field lines? boolean say on which line each key and each item stands

---Reads the first document; `std.null` when there is none. What is not quoted
---is read as YAML 1.1 (yes, on and y are true; 010 and 0o10 are 8), times
---stay strings. Keys are strings, whatever they look like; a key that is there
---twice is refused. An alias is a copy; `<<` merges. Sequences carry the mark
---of host.json.array. Tags: !!str, !!int, !!float, !!bool, !!null.
---@param text string
---@param limits? host.yaml.Limits
---@return any value nil when it cannot be read
---@return string|table<table, table<string|integer, integer>>|nil message with
---line and column; or, where asked for, the lines of the value's tables, by
---table and key (a table that comes from an alias has none)
---@return "syntax"|"duplicate-key"|"too-large"|"too-deep"|nil code
function yaml.decode(text, limits) end

---May an unquoted scalar of this text only be a string?
---@param text string
---@return boolean
function yaml.is_string(text) end

return yaml
