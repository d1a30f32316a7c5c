-- SPDX-License-Identifier: Apache-2.0
local compiled = require "ops.compiled"
local fs = require "host.fs"

describe("what pack made ready", function()
  local dir

  before_each(function()
    dir = assert(fs.mkdtemp "/tmp/compiled-spec-")
  end)

  after_each(function()
    assert(fs.remove_all(dir))
  end)

  local MADE <const> = {
    { name = "charm.lua", text = "return 1\n", piece = "\27Lua\0one" },
    { name = "a/b.lua", text = "", piece = "" },
  }

  local function open(data)
    assert(fs.write(dir .. "/" .. compiled.FILE, data))
    return compiled.open(dir)
  end

  it("is given for the very text that it was made of", function()
    local made = open(compiled.encode(MADE))
    assert.equal("\27Lua\0one", made:of("charm.lua", "return 1\n"))
    assert.equal("", made:of("a/b.lua", ""))
    assert.is_nil(made:of("charm.lua", "return 2\n"))
    assert.is_nil(made:of("charm.lua", "return 1"))
    assert.is_nil(made:of("other.lua", "return 1\n"))
  end)

  it("is nothing where there is no such file", function()
    assert.is_nil(compiled.open(dir):of("charm.lua", "return 1\n"))
  end)

  it("is nothing once the file is cut or changed", function()
    local whole = compiled.encode(MADE)
    for length = 0, #whole - 1 do
      assert.is_nil(open(whole:sub(1, length)):of("charm.lua", "return 1\n"))
    end
    for at = 1, #whole do
      local other = string.char(whole:byte(at) ~ 0x40)
      local changed = whole:sub(1, at - 1) .. other .. whole:sub(at + 1)
      assert.is_nil(open(changed):of("charm.lua", "return 1\n"))
    end
  end)
end)
