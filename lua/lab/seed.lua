-- SPDX-License-Identifier: Apache-2.0
-- What Juju leaves open, chosen by the model's seed: the same question gets
-- the same answer. A question is words: who asks, what about, on which turn.
-- Seed 0 takes what comes first. Pure.
local M = {}

M.LARGEST = 0x7fffffff

local FNV_BASIS <const>, FNV_PRIME <const> = 0xcbf29ce484222325, 0x100000001b3

-- FNV-1a, its bits mixed once more, since close words have close sums.
local function hash(words)
  local sum = FNV_BASIS
  for i = 1, words.n do
    local word <const> = tostring(words[i]) .. "\0"
    for at = 1, #word do
      sum = (sum ~ word:byte(at)) * FNV_PRIME
    end
  end
  sum = (sum ~ (sum >> 33)) * 0x4cf5ad432745937f
  return (sum ~ (sum >> 29)) & M.LARGEST
end

---Reads what a person gave as a seed.
---@param text string
---@return integer? seed
---@return string? message
function M.read(text)
  local seed <const> = text:find("^%d+$") and math.tointeger(tonumber(text))
  if not seed or seed > M.LARGEST then
    return nil, ('invalid seed "%s": it is a number from 0 to %d')
      :format(text, M.LARGEST)
  end
  return seed
end

---@param model { seed: integer? }
---@return boolean whether anything is chosen
function M.chooses(model)
  return (model.seed or 0) ~= 0
end

---One of 0 ... count-1; 0 without a seed.
---@param model { seed: integer? }
---@param count integer
---@param ... string|integer the question
---@return integer
function M.number(model, count, ...)
  if not M.chooses(model) then
    return 0
  end
  return hash(table.pack(model.seed, ...)) % count
end

---Puts keys into the order of this question; as they are without a seed.
---@param model { seed: integer? }
---@param keys string[]
---@param ... string|integer the question
---@return string[] keys the same table
function M.arrange(model, keys, ...)
  if not M.chooses(model) then
    return keys
  end
  local ranks <const>, question <const> = {}, table.pack(model.seed, ...)
  question.n = question.n + 1
  for _, key in ipairs(keys) do
    question[question.n] = key
    ranks[key] = hash(question)
  end
  table.sort(keys, function(a, b)
    if ranks[a] ~= ranks[b] then
      return ranks[a] < ranks[b]
    end
    return a < b
  end)
  return keys
end

return M
