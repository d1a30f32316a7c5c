-- SPDX-License-Identifier: Apache-2.0
-- Which services an action concerns, and in which order. `requires` says
-- what; `after` and `before` say in which order; services joined by `requires`
-- share a lane and go one after the other, lanes go side by side. Pure.
local M = {}

---@param map table<string, any>
---@return string[] keys sorted
function M.sorted_keys(map)
  local keys <const> = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function closure(names, neighbours)
  local seen <const>, queue <const> = {}, table.move(names, 1, #names, 1, {})
  while #queue > 0 do
    local name <const> = table.remove(queue)
    if not seen[name] then
      seen[name] = true
      for _, other in ipairs(neighbours[name] or {}) do
        queue[#queue + 1] = other
      end
    end
  end
  return M.sorted_keys(seen)
end

local function required_by(services)
  local result <const> = {}
  for _, name in ipairs(M.sorted_keys(services)) do
    for _, other in ipairs(services[name].requires or {}) do
      result[other] = result[other] or {}
      table.insert(result[other], name)
    end
  end
  return result
end

local function requirements(services)
  local result <const> = {}
  for name, service in pairs(services) do
    result[name] = service.requires or {}
  end
  return result
end

---@return table<string, table<string, true>> earlier of each name
local function earlier_names(services)
  local earlier <const> = {}
  for name in pairs(services) do
    earlier[name] = {}
  end
  for name, service in pairs(services) do
    for _, other in ipairs(service.after or {}) do
      if services[other] then
        earlier[name][other] = true
      end
    end
    for _, other in ipairs(service.before or {}) do
      if services[other] then
        earlier[other][name] = true
      end
    end
  end
  return earlier
end

---All services in start order, names deciding where nothing else does.
---@param services table<string, table> the plan's
---@return string[]? names
---@return string? message when after and before go in a circle
function M.sort(services)
  local earlier <const> = earlier_names(services)
  local order <const>, state <const> = {}, {}
  local function visit(name)
    if state[name] == "done" then
      return true
    elseif state[name] then
      return nil, name
    end
    state[name] = "open"
    for _, other in ipairs(M.sorted_keys(earlier[name])) do
      local ok, circle = visit(other)
      if not ok then
        return nil, circle
      end
    end
    state[name] = "done"
    order[#order + 1] = name
    return true
  end
  for _, name in ipairs(M.sorted_keys(services)) do
    local ok, circle = visit(name)
    if not ok then
      return nil, ("services in before/after loop at %q"):format(circle)
    end
  end
  return order
end

-- Which services hang together by `requires`, over the whole plan.
local function lane_keys(services)
  local neighbours <const> = required_by(services)
  for name, service in pairs(services) do
    for _, other in ipairs(service.requires or {}) do
      neighbours[name] = neighbours[name] or {}
      table.insert(neighbours[name], other)
    end
  end
  local keys <const> = {}
  for _, name in ipairs(M.sorted_keys(services)) do
    if not keys[name] then
      for _, member in ipairs(closure({ name }, neighbours)) do
        keys[member] = name
      end
    end
  end
  return keys
end

local function into_lanes(names, services, order)
  local wanted <const>, keys <const> = {}, lane_keys(services)
  for _, name in ipairs(names) do
    wanted[name] = true
  end
  local lanes <const>, by_key <const> = {}, {}
  for _, name in ipairs(order) do
    if wanted[name] then
      local key <const> = keys[name]
      if not by_key[key] then
        by_key[key] = {}
        lanes[#lanes + 1] = by_key[key]
      end
      table.insert(by_key[key], name)
    end
  end
  return lanes
end

---@param services table<string, table>
---@param names string[]
---@return string[][] lanes names and what they require, in start order
function M.start_lanes(services, names)
  return into_lanes(closure(names, requirements(services)), services,
    assert(M.sort(services)))
end

---@param services table<string, table>
---@param names string[]
---@param alone boolean? leave what requires them as it is
---@return string[][] lanes in stop order: the reverse of starting
function M.stop_lanes(services, names, alone)
  local order <const>, reversed <const> = assert(M.sort(services)), {}
  for index, name in ipairs(order) do
    reversed[#order - index + 1] = name
  end
  local all <const> = alone and names
    or closure(names, required_by(services))
  return into_lanes(all, services, reversed)
end

return M
