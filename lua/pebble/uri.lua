-- SPDX-License-Identifier: Apache-2.0
-- Paths with queries, as requests have them. Pure.
local M = {}

local function escape(char)
  return ("%%%02X"):format(char:byte())
end

---Percent-encodes one part of a path or query.
---@param text any
---@return string
function M.encode(text)
  return (tostring(text):gsub("[^%w._~-]", escape))
end

---@param path string
---@param query? table<string, any> a list's items become parameters each
---@return string
function M.target(path, query)
  local names, parts = {}, {}
  for name in pairs(query or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = query[name]
    for _, item in ipairs(type(value) == "table" and value or { value }) do
      parts[#parts + 1] = M.encode(name) .. "=" .. M.encode(item)
    end
  end
  return #parts > 0 and path .. "?" .. table.concat(parts, "&") or path
end

return M
