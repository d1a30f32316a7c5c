-- SPDX-License-Identifier: Apache-2.0
local bytecode = dofile "host/bytecode.lua"
local fs = require "host.fs"

local TEXT <const> = [[
local big, float, flag, none = 1 << 40, 1.5, true, nil
local long <const> = ("x"):rep(3) .. "]] .. ("y"):rep(300) .. [["
local up = { n = 0 }
local function outer(a, ...)
  local function inner(b)
    up.n = up.n + b
    return up.n
  end
  return inner(a), select("#", ...), long, big, float, flag, none
end



-- Far below: an absolute line is kept for it.
]] .. ("\n"):rep(300) .. [[
local function fail() error "here" end
return outer, fail
]]

describe("bytecode without names", function()
  local chunk <const> = assert(load(TEXT, "@it.lua"))
  local whole <const> = string.dump(chunk)
  local short <const> = bytecode.without_names(whole)

  it("does what it did, and says on which line it fails", function()
    assert.is_true(#short < #whole)
    local outer, fail = assert(load(short, "it", "b"))()
    assert.same({ 5, 2, ("x"):rep(3) .. ("y"):rep(300), 1 << 40, 1.5, true },
      { outer(5, "b", "c") })
    local _, message = pcall(fail)
    assert.matches("^it%.lua:%d+: here$", message)
    assert.equal(select(2, TEXT:gsub("\n", "")) - 1,
      tonumber(message:match(":(%d+):")))
  end)

  it("holds no name of a local variable", function()
    for _, name in ipairs { "float", "inner", "outer" } do
      assert.is_truthy(whole:find(name, 1, true))
      assert.is_nil(short:find(name, 1, true))
    end
  end)

  it("has nothing left to take away", function()
    assert.equal(short, bytecode.without_names(short))
  end)

  it("is that of every module, loadable", function()
    local seen = 0
    local function visit(dir)
      for _, name in ipairs(assert(fs.list(dir))) do
        local path = dir .. "/" .. name
        if fs.stat(path).type == "directory" then
          visit(path)
        elseif name:find "%.lua$" then
          seen = seen + 1
          local code = string.dump(assert(loadfile(path)))
          assert(load(bytecode.without_names(code), path, "b"))
        end
      end
    end
    visit "lua"
    assert.is_true(seen > 200)
  end)

  it("is refused of anything else", function()
    assert.has_error(function() bytecode.without_names(whole .. "x") end,
      "no bytecode of Lua 5.4")
  end)
end)
