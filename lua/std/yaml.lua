-- SPDX-License-Identifier: Apache-2.0
-- YAML text to Lua values and back. Reading takes YAML 1.1 as Juju's files
-- use it (yes, on, y are booleans; quoted scalars are strings). Writing is
-- block style with sorted keys, read alike by YAML 1.1, 1.2 and Go.
local host_yaml = require "host.yaml"
local null = require "std.null"
local shape = require "std.shape"

local M = {}

local LONG_KEY <const> = 100 -- longer ones are written with "? "
local ESCAPES <const> = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\n"] = "\\n",
  ["\r"] = "\\r",
  ["\t"] = "\\t",
}
-- Plain text that some reader of YAML takes for a number or a time.
local NUMBER_LIKE <const> = {
  "^[-+]?[%d_]+:[%d:]+", -- base 60
  "^%d%d%d%d%-%d", -- a date
  "^[-+]?%d[%d_,]*$",
}

---@class std.yaml.Limits
---@field max_size? integer bytes, default 4 MiB
---@field max_depth? integer default 100
---@field max_aliases? integer nodes that aliases may stand for, default 10000
---@field strings? boolean every scalar is a string, an empty one ""
---@field lines? boolean say on which line each key and each item stands

---Reads the first document. Aliases are copied, merge keys (<<) applied, keys
---are always strings.
---@param text string
---@param options? std.yaml.Limits
---@return any value nil when it cannot be read; `std.null` for no document
---@return string|table|nil message with line and column; or, where asked for,
---the lines: lines[table][key]
---@return string? code "syntax", "duplicate-key", "too-deep", "too-large"
function M.decode(text, options)
  return host_yaml.decode(text, options)
end

local function escape(char)
  return ESCAPES[char] or ("\\x%02x"):format(char:byte())
end

-- Escapes what no eye sees and some readers take for a line break.
local function escape_wide(char)
  local code = utf8.codepoint(char)
  if code < 0xA0 or code == 0x2028 or code == 0x2029 or code == 0xFEFF
    or code == 0xFFFE or code == 0xFFFF then
    return ("\\u%04x"):format(code)
  end
end

local function quote(text)
  text = text:gsub('[%c"\\]', escape)
  return '"' .. text:gsub("[\xc2\xe2\xef][\x80-\xbf]+", escape_wide) .. '"'
end

-- Words that are not strings, in whichever letters.
local RESERVED <const> = {
  y = true, yes = true, on = true, ["true"] = true,
  n = true, no = true, off = true, ["false"] = true, null = true,
}

-- Plain text that is more than a scalar: a map, a comment, an item, a
-- document's begin or end.
local SYNTAX <const> = { ": ", ":$", " #", " $", "^%-$", "^%- ", "^%-%-%-",
  "^%.%.%." }

local function holds_any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then
      return true
    end
  end
end

-- May the text stand without quotes: does every reader take it for a string?
local function is_plain(text)
  if text:find("^[%a_/][%w_/.-]*$") then
    return not RESERVED[text:lower()]
  elseif not text:find("^[%w_/.+-][%g ]*$") then
    return false
  end
  return not holds_any(text, NUMBER_LIKE) and not holds_any(text, SYNTAX)
    and host_yaml.is_string(text)
end

-- May the text be a literal block? Only where no reader can lose a blank.
local function is_literal(text)
  return text:find("\n", 1, true) and text:find("^[%g\n ]+$")
    and not text:find("^[\n ]") and not text:find(" \n")
    and not text:find("\n\n$") and not text:find(" $")
end

local function literal(text, indent)
  local body, newline = text:match("^(.-)(\n?)$")
  local lines = { newline == "\n" and "|" or "|-" }
  for line in (body .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line == "" and "" or (" "):rep(indent) .. line
  end
  return table.concat(lines, "\n")
end

local function encode_string(text, path, indent)
  shape.check_text("YAML", text, path)
  if is_plain(text) then
    return text
  elseif indent and is_literal(text) then
    return literal(text, indent)
  end
  return quote(text)
end

local function encode_number(number)
  if math.type(number) == "integer" then
    return ("%d"):format(number)
  elseif number ~= number then
    return ".nan"
  elseif number == math.huge or number == -math.huge then
    return number > 0 and ".inf" or "-.inf"
  end
  -- YAML 1.1 wants a dot in every float.
  return (shape.float_text(number):gsub("^(-?%d+)e", "%1.0e"))
end

local function encode_scalar(value, path, indent)
  local kind = type(value)
  if value == null then
    return "null"
  elseif kind == "string" then
    return encode_string(value, path, indent)
  elseif kind == "number" then
    return encode_number(value)
  elseif kind == "boolean" then
    return tostring(value)
  end
  return shape.refuse("YAML", path, "a " .. kind .. " has no YAML form")
end

local write_value

-- Each entry of a block goes on its own line; `first` says that the first one
-- goes on the line that is already begun ("- " or the start of the text).
local function write_object(out, object, at, first)
  local line = "\n" .. (" "):rep(at.indent)
  for i, key in ipairs(shape.sorted_keys(object)) do
    local inner = { path = shape.below(at.path, key), indent = at.indent + 2 }
    local text = encode_string(key, inner.path)
    out[#out + 1] = i == 1 and first and "" or line
    out[#out + 1] = #text > LONG_KEY and "? " .. text .. line .. ":"
      or text .. ":"
    write_value(out, object[key], inner, false)
  end
end

local function write_array(out, items, at, first)
  local line = "\n" .. (" "):rep(at.indent)
  for i = 1, #items do
    local inner = { path = shape.below(at.path, i), indent = at.indent + 2 }
    out[#out + 1] = i == 1 and first and "-" or line .. "-"
    write_value(out, items[i], inner, true)
  end
end

-- Writes a value after "key:" or "-" (then a block begins on the same line).
write_value = function(out, value, at, in_array)
  if type(value) ~= "table" then
    out[#out + 1] = " " .. encode_scalar(value, at.path, at.indent)
    return
  end
  shape.check_depth("YAML", at.indent // 2 + 1)
  local length = shape.array_length("YAML", value, at.path)
  if next(value) == nil then
    out[#out + 1] = length and " []" or " {}"
    return
  end
  out[#out + 1] = in_array and " " or ""
  local write = length and write_array or write_object
  write(out, value, at, in_array)
end

---Writes a value as YAML. Raises an error of kind "yaml-encode" that names
---the path of what has no YAML form. An empty table without mark is {}.
---@param value any
---@return string text ends with a newline
function M.encode(value)
  local out = {}
  if type(value) == "table" then
    write_value(out, value, { path = "", indent = 0 }, true)
  else
    out[1] = " " .. encode_scalar(value, "", 2)
  end
  return table.concat(out):sub(2) .. "\n"
end

return M
