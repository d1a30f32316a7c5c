-- SPDX-License-Identifier: Apache-2.0
-- Writes a plan as Pebble does: four spaces, fields in the order of the
-- schema, maps sorted, durations canonical, only what is set. Pure.
local duration = require "std.duration"
local order = require "lab.supervisor.plan.order"
local schema = require "lab.supervisor.plan.schema"
local yaml = require "std.yaml"

local M = {}

local INDENT <const> = "    "

local ESCAPES <const> = {
  ['"'] = '\\"',
  ["\\"] = "\\\\",
  ["\n"] = "\\n",
  ["\t"] = "\\t",
}

-- A string as one line: plain or quoted as YAML needs it.
local function scalar(text)
  if text:find("%c") then
    return '"' .. text:gsub('[%c"\\]', function(char)
      return ESCAPES[char] or ("\\x%02x"):format(char:byte())
    end) .. '"'
  end
  return (yaml.encode { x = text }:match("^x: (.*)\n$"))
end

local write_object

local write = {
  string = function(out, pad, name, value)
    out[#out + 1] = ("%s%s: %s"):format(pad, name, scalar(value))
  end,
  integer = function(out, pad, name, value)
    out[#out + 1] = ("%s%s: %d"):format(pad, name, value)
  end,
  number = function(out, pad, name, value)
    out[#out + 1] = ("%s%s: %.14g"):format(pad, name, value)
  end,
  duration = function(out, pad, name, value)
    out[#out + 1] = ("%s%s: %s"):format(pad, name, duration.format(value))
  end,
  list = function(out, pad, name, value)
    if #value > 0 then
      out[#out + 1] = ("%s%s:"):format(pad, name)
      for _, item in ipairs(value) do
        out[#out + 1] = ("%s%s- %s"):format(pad, INDENT, scalar(item))
      end
    end
  end,
  map = function(out, pad, name, value)
    if next(value) then
      out[#out + 1] = ("%s%s:"):format(pad, name)
      for _, key in ipairs(order.sorted_keys(value)) do
        out[#out + 1] = ("%s%s%s: %s"):format(pad, INDENT, scalar(key),
          scalar(value[key]))
      end
    end
  end,
  object = function(out, pad, name, value, field)
    out[#out + 1] = ("%s%s:"):format(pad, name)
    write_object(out, pad .. INDENT, value, field.fields)
  end,
}
write.enum = write.string

write_object = function(out, pad, object, fields)
  for _, field in ipairs(fields) do
    local value <const> = object[field.name]
    if value ~= nil and value ~= "" then
      write[field.type](out, pad, field.name, value, field)
    end
  end
end

---@param plan lab.Layer
---@return string text "{}\n" for an empty plan
function M.encode(plan)
  local out <const> = {}
  for _, section in ipairs(schema.SECTIONS) do
    local entries <const> = plan[section.name]
    if next(entries) then
      out[#out + 1] = section.name .. ":"
      for _, name in ipairs(order.sorted_keys(entries)) do
        out[#out + 1] = INDENT .. scalar(name) .. ":"
        write_object(out, INDENT .. INDENT, entries[name], section.fields)
      end
    end
  end
  return #out == 0 and "{}\n" or table.concat(out, "\n") .. "\n"
end

return M
