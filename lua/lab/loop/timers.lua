-- SPDX-License-Identifier: Apache-2.0
-- A binary heap of timers, earliest first. Each entry knows its place, so a
-- timer that is no longer wanted leaves at once instead of waiting to expire.
-- Used by lab.loop.wait.
local M = {}
M.__index = M

---@class lab.Timer
---@field at number
---@field index integer? its place in the heap; nil when out of it

---@class lab.Timers
---@field heap lab.Timer[]

---@return lab.Timers
function M.new()
  return setmetatable({ heap = {} }, M)
end

local function place(heap, timer, index)
  heap[index] = timer
  timer.index = index
end

local function sift_up(heap, timer, index)
  while index > 1 do
    local parent = index // 2
    if heap[parent].at <= timer.at then
      break
    end
    place(heap, heap[parent], index)
    index = parent
  end
  place(heap, timer, index)
end

local function sift_down(heap, timer, index)
  local size <const> = #heap
  while true do
    local child = index * 2
    if child > size then
      break
    end
    if child < size and heap[child + 1].at < heap[child].at then
      child = child + 1
    end
    if timer.at <= heap[child].at then
      break
    end
    place(heap, heap[child], index)
    index = child
  end
  place(heap, timer, index)
end

---@param timer lab.Timer
function M:add(timer)
  local heap <const> = self.heap
  heap[#heap + 1] = timer
  sift_up(heap, timer, #heap)
end

---Does nothing for a timer that is not in the heap.
---@param timer lab.Timer
function M:remove(timer)
  local index <const> = timer.index
  if not index then
    return
  end
  local heap <const> = self.heap
  local last <const> = table.remove(heap)
  timer.index = nil
  if last ~= timer then
    sift_down(heap, last, index)
    sift_up(heap, last, last.index)
  end
end

---@return lab.Timer? earliest
function M:first()
  return self.heap[1]
end

return M
