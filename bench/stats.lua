-- SPDX-License-Identifier: Apache-2.0
-- Minimum, median and maximum of numbers, and tables of text. Pure.
local M = {}

---@class bench.Summary
---@field min number
---@field median number
---@field max number

---@param numbers number[]
---@return bench.Summary
function M.summary(numbers)
  local sorted = table.move(numbers, 1, #numbers, 1, {})
  table.sort(sorted)
  local middle = (#sorted + 1) // 2
  return {
    min = sorted[1],
    median = (sorted[middle] + sorted[#sorted + 1 - middle]) / 2,
    max = sorted[#sorted],
  }
end

--- Three digits that say something.
---@param number number
---@return string
function M.number(number)
  if number >= 100 then
    return ("%.0f"):format(number)
  elseif number >= 10 then
    return ("%.1f"):format(number)
  end
  return ("%.2f"):format(number)
end

--- "1/60" for what is smaller, "2.10" for what is not.
---@param ratio number
---@return string
function M.ratio(ratio)
  if ratio < 1 then
    return "1/" .. M.number(1 / ratio)
  end
  return M.number(ratio)
end

---@param summary bench.Summary
---@return string
function M.triple(summary)
  return ("%s / %s / %s"):format(M.number(summary.min),
    M.number(summary.median), M.number(summary.max))
end

--- A table as Markdown writes it, columns aligned.
---@param rows string[][] the first one is the head
---@return string
function M.markdown(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 3, utf8.len(cell))
    end
  end
  local function line(row, fill)
    local cells = {}
    for i, width in ipairs(widths) do
      local cell = row[i] or ""
      cells[i] = cell .. fill:rep(width - utf8.len(cell))
    end
    return "| " .. table.concat(cells, " | ") .. " |\n"
  end
  local out = { line(rows[1], " "), line({}, "-") }
  for i = 2, #rows do
    out[#out + 1] = line(rows[i], " ")
  end
  return table.concat(out)
end

return M
