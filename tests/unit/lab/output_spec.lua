-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local loops = require "lab.loop"
local output = require "lab.output"

-- What is emitted of these pieces, and how much was left out.
local function read(pieces, most)
  local loop <const> = loops.new()
  local from <close>, to = assert(fs.pipe())
  local lines, beyond = {}, 0
  loop:main(function()
    local reader <const> = loop:spawn(output.read, loop, from, {
      emit = function(line) lines[#lines + 1] = line end,
      left_out = function(bytes) beyond = beyond + bytes end,
      lines = most,
    })
    for _, piece in ipairs(pieces) do
      loop:sleep(0)
      assert(to:write(piece))
    end
    to:close()
    assert(reader:join())
  end)
  return lines, beyond
end

describe("a hook's output", function()
  it("comes in lines, whatever the pieces, the unfinished one too", function()
    assert.same({ "one", "", "two", "three" },
      (read { "on", "e\n\ntw", "o\n", "three" }))
  end)

  it("has long lines cut", function()
    local lines = read { ("x"):rep(5000) .. "\n", "y\n" }
    assert.same({ ("x"):rep(4096), ("x"):rep(904), "y" }, lines)
  end)

  it("is kept up to a number of lines, the rest counted", function()
    local lines, beyond = read({ "a\nb\ncc\n", "d\n" }, 2)
    assert.same({ "a", "b" }, lines)
    assert.equal(#"cc\nd\n", beyond)
  end)

  it("is kept up to a limit, the rest counted", function()
    local piece <const> = ("z"):rep(99) .. "\n"
    local pieces <const> = {}
    for i = 1, 2 * output.MAX // 1000 do
      pieces[i] = piece:rep(10)
    end
    local lines, beyond = read(pieces)
    assert.equal(#pieces * 1000 - output.MAX, beyond)
    assert.equal(output.MAX // 100 + 1, #lines)
  end)
end)
