-- SPDX-License-Identifier: Apache-2.0
-- What a document says of specs, held against them: do the files exist, and
-- the examples in quotes behind them? For docs/parity.md, docs/supervisor.md.
local suite = require "testing.suite"

local M = {}

local function collect_names(block, prefix, names)
  for _, item in ipairs(block.items) do
    if item.items then
      collect_names(item, prefix .. item.name .. " ", names)
    else
      names[#names + 1] = prefix .. item.name
    end
  end
  return names
end

local known <const> = {}

-- The full names of a file's examples; they are not run.
local function examples_of(path)
  if not known[path] then
    local root = assert(suite.load(path))
    known[path] = collect_names(root, "", {})
  end
  return known[path]
end

---Is there one whose full name ends so, at the start of a word?
---@param path string of a spec
---@param wanted string
---@return boolean
function M.has(path, wanted)
  for _, name in ipairs(examples_of(path)) do
    if (" " .. name):sub(-#wanted - 1) == " " .. wanted then
      return true
    end
  end
  return false
end

---Each `[text](../path) "example", "example"` of a text.
---@param text string
---@return fun(): string, string path and what follows it
function M.each_link(text)
  return text:gmatch "%]%(%.%./([^)]+)%)([^%[]*)"
end

return M
