-- SPDX-License-Identifier: Apache-2.0
local decoder = require "lab.gob.decoder"
local gob = require "lab.gob"

local NAMES <const> = {
  "bad-token", "config-get", "is-leader", "relation-set-stdin",
  "status-set-usage-error", "wrong-context",
}

local function vector(name)
  local file = io.open("tests/data/vectors/" .. name, "rb")
  if not file then return nil end
  local bytes = file:read("a")
  file:close()
  return bytes
end

local function vectors()
  local all = {}
  for _, juju in ipairs { "juju36", "juju41" } do
    for _, name in ipairs(NAMES) do
      for _, side in ipairs { "c2s", "s2c" } do
        all[#all + 1] = vector(("%s-%s.%s.bin"):format(juju, name, side))
      end
    end
  end
  return all
end

-- Everything that a stream holds, and how it ended.
local function decode(bytes)
  local d, values = decoder.new(), {}
  d:feed(bytes)
  while true do
    local value, _, code = d:next()
    if value == nil then return values, code end
    values[#values + 1] = value
  end
end

describe("lab.gob.decoder", function()
  it("reads a request of Juju 3.6", function()
    assert.same({
      { ServiceMethod = "Jujuc.Main" },
      {
        ContextId = "a/0-x", Dir = "/", CommandName = "relation-set",
        Args = { "-r", "1", "--file", "-" }, Token = "tok",
      },
      { ServiceMethod = "Jujuc.Main", Seq = 1 },
      {
        ContextId = "a/0-x", Dir = "/", CommandName = "relation-set",
        Args = { "-r", "1", "--file", "-" }, StdinSet = true,
        Stdin = "k: v\n", Token = "tok",
      },
    }, (decode(vector "juju36-relation-set-stdin.c2s.bin")))
  end)

  it("reads a request of Juju 4.1, which has no token", function()
    assert.same({
      { ServiceMethod = "Jujuc.Main" },
      { ContextId = "a/0-x", Dir = "/", CommandName = "is-leader",
        Args = { "--format=json" } },
    }, (decode(vector "juju41-is-leader.c2s.bin")))
  end)

  it("reads error replies and results from one stream", function()
    assert.same({
      { ServiceMethod = "Jujuc.Main",
        Error = "hook tool requires stdin, none supplied" },
      {},
      { ServiceMethod = "Jujuc.Main", Seq = 1 },
      {},
    }, (decode(vector "juju41-relation-set-stdin.s2c.bin")))
  end)

  it("reads the same whatever the pieces it is fed", function()
    assert.equal(22, #vectors())
    for _, bytes in ipairs(vectors()) do
      local d, values = decoder.new(), {}
      for i = 1, #bytes do
        d:feed(bytes:sub(i, i))
        local value, _, code = d:next()
        assert.not_equal("protocol", code)
        values[#values + 1] = value
      end
      assert.same((decode(bytes)), values)
    end
  end)

  it("waits for the rest of a stream that is cut at any byte", function()
    for _, bytes in ipairs(vectors()) do
      local whole = #decode(bytes)
      for i = 0, #bytes - 1 do
        local values, code = decode(bytes:sub(1, i))
        assert.equal("again", code)
        assert.is_true(#values < whole)
      end
    end
  end)

  it("survives any flipped bit", function()
    local refused = 0
    for _, bytes in ipairs(vectors()) do
      for i = 1, #bytes do
        for bit = 0, 7 do
          local flipped = string.char(bytes:byte(i) ~ (1 << bit))
          local _, code = decode(bytes:sub(1, i - 1) .. flipped ..
            bytes:sub(i + 1))
          assert.is_true(code == "again" or code == "protocol")
          if code == "protocol" then refused = refused + 1 end
        end
      end
    end
    assert.is_true(refused > 1000)
  end)

  it("refuses a message beyond the limit before it arrives", function()
    local _, code = decode(gob.uint(decoder.MAX_MESSAGE + 1))
    assert.equal("protocol", code)
  end)

  it("refuses a length prefix of more than eight bytes", function()
    local d = decoder.new()
    d:feed("\200")
    local _, message, code = d:next()
    assert.equal("malformed gob: message length is malformed", message)
    assert.equal("protocol", code)
  end)

  it("names a type id that nobody defined", function()
    local d = decoder.new()
    d:feed(gob.message(gob.int(70) .. "\0"))
    local _, message = d:next()
    assert.equal("malformed gob: type id 70 is not defined", message)
  end)

  it("refuses a value that is nested without end", function()
    local self = { id = 64, name = "T", fields = {} }
    self.fields[1] = { "X", self }
    local d = decoder.new()
    d:feed(gob.definition(self))
    d:feed(gob.message(gob.int(64) .. ("\1"):rep(100000)))
    local _, message = d:next()
    assert.equal("malformed gob: value is nested too deep", message)
  end)

  it("reads maps, lists, floats and other numbers of fields", function()
    local d = decoder.new()
    -- 64: map[string]int, 65: struct{M map; F float; B bool; L [2]uint},
    -- 66: the array; definitions come in any order.
    d:feed(gob.message(gob.int(-66) .. "\1\1\2" .. gob.int(66) .. "\0" ..
      "\1" .. gob.int(3) .. "\1" .. gob.int(2) .. "\0\0"))
    d:feed(gob.definition { id = 65, name = "T", fields = {
      { "M", { id = 64 } }, { "F", { id = 4 } }, { "B", "bool" },
      { "L", { id = 66 } },
    } })
    d:feed(gob.message(gob.int(-64) .. "\4\1\2" .. gob.int(64) .. "\0" ..
      "\1" .. gob.int(6) .. "\1" .. gob.int(2) .. "\0\0"))
    d:feed(gob.message(gob.int(65) .. "\1\1\1a" .. gob.int(-3) ..
      "\1\254\244\63\1\1\1\2\7\0\0"))
    assert.same({ M = { a = -3 }, F = 1.25, B = true, L = { 7, 0 } },
      (d:next()))
  end)
end)
