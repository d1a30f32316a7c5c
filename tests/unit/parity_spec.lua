-- SPDX-License-Identifier: Apache-2.0
-- docs/parity.md is true: each row names files that exist and examples that
-- the specs have; no row is missing, none says "not done".
local examples = require "tests.support.examples"
local fs = require "host.fs"

local DOCUMENT <const> = "docs/parity.md"

-- The rows that there must be, by the letter of their table and their numbers.
local WANTED <const> = {
  D = { 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
  E = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22 },
  F = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 },
  R = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
  C = { 1, 2 },
  A = { 1, 2, 3 },
  S = { 1, 2, 3, 4, 5, 6, 7, 8, 9 },
  M = { 1, 2, 3, 4, 5, 6, 7, 8, 11 },
  T = { 1, 2, 3 },
  P = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17 },
  L = { 1, 2, 3, 5 },
}

---@return {id: string, code: string, spec: string}[]
local function read_rows()
  local rows = {}
  for line in assert(fs.read(DOCUMENT)):gmatch "[^\n]+" do
    local id, _, code, spec =
      line:match "^| (.-) | (.-) | (.-) | (.-) |$"
    if id and id ~= "row" then
      rows[#rows + 1] = { id = id, code = code, spec = spec }
    end
  end
  return rows
end

describe("docs/parity.md", function()
  local rows <const> = read_rows()

  it("has every row, once", function()
    local seen = {}
    for _, row in ipairs(rows) do
      assert.is_nil(seen[row.id], "twice: " .. row.id)
      seen[row.id] = true
    end
    local missing = {}
    for letter, numbers in pairs(WANTED) do
      for _, number in ipairs(numbers) do
        if not seen[letter .. number] then
          missing[#missing + 1] = letter .. number
        end
      end
    end
    table.sort(missing)
    assert.same({}, missing)
  end)

  it("names a spec and its example for each row", function()
    local wrong = {}
    for _, row in ipairs(rows) do
      local named = 0
      for path, names in examples.each_link(row.spec) do
        for name in names:gmatch '"([^"]+)"' do
          named = named + 1
          if not fs.stat(path) then
            wrong[#wrong + 1] = ("%s: there is no %s"):format(row.id, path)
          elseif not examples.has(path, name) then
            wrong[#wrong + 1] = ("%s: %s has no example '%s'")
              :format(row.id, path, name)
          end
        end
      end
      if named == 0 then
        wrong[#wrong + 1] = row.id .. ": no example named"
      end
    end
    assert.same({}, wrong)
  end)

  it("names files that exist", function()
    local wrong = {}
    for _, row in ipairs(rows) do
      for path in examples.each_link(row.code) do
        if not fs.stat(path) then
          wrong[#wrong + 1] = ("%s: there is no %s"):format(row.id, path)
        end
      end
    end
    assert.same({}, wrong)
  end)

  it("would notice an example that is gone", function()
    local path <const> = "tests/unit/parity_spec.lua"
    assert.is_true(examples.has(path, "has every row, once"))
    assert.is_true(examples.has(path, "docs/parity.md has every row, once"))
    assert.is_false(examples.has(path, "every other row"))
    assert.is_false(examples.has(path, "w, once"))
  end)
end)
