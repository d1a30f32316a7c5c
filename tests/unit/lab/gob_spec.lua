-- SPDX-License-Identifier: Apache-2.0
local gob = require "lab.gob"

local function vector(name)
  local file <close> = assert(io.open("tests/data/vectors/" .. name, "rb"))
  return file:read("a")
end

local RESPONSE <const> = { id = 64, name = "Response", fields = {
  { "ServiceMethod", "string" }, { "Seq", "uint" }, { "Error", "string" },
} }
local STRINGS <const> = { id = 66, name = "[]string", strings = true }
local REQUEST <const> = { id = 65, name = "Request", fields = {
  { "ContextId", "string" }, { "Dir", "string" },
  { "CommandName", "string" }, { "Args", STRINGS }, { "StdinSet", "bool" },
  { "Stdin", "bytes" }, { "Token", "string" },
} }
local HEADER <const> = { id = 64, name = "Request", fields = {
  { "ServiceMethod", "string" }, { "Seq", "uint" },
} }

describe("lab.gob", function()
  it("encodes unsigned numbers in as few bytes as it can", function()
    assert.equal("\0", gob.uint(0))
    assert.equal("\127", gob.uint(127))
    assert.equal("\255\128", gob.uint(128))
    assert.equal("\254\1\0", gob.uint(256))
    assert.equal("\248" .. ("\255"):rep(8), gob.uint(-1))
  end)

  it("keeps the sign of an int in its lowest bit", function()
    assert.equal("\4", gob.int(2))
    assert.equal("\127", gob.int(-64))
    assert.equal("\255\130", gob.int(65))
    assert.equal("\248" .. ("\255"):rep(8), gob.int(math.mininteger))
  end)

  it("writes the very bytes of a recorded request", function()
    local bytes = gob.definition(HEADER) ..
      gob.value(HEADER, { ServiceMethod = "Jujuc.Main", Seq = 0 }) ..
      gob.definition(REQUEST) .. gob.definition(STRINGS) ..
      gob.value(REQUEST, {
        ContextId = "a/0-x", Dir = "/", CommandName = "is-leader",
        Args = { "--format=json" }, StdinSet = false, Stdin = "",
        Token = "tok",
      })
    assert.equal(vector "juju36-is-leader.c2s.bin", bytes)
  end)

  it("writes the very bytes of a recorded error reply", function()
    local nothing = { id = 66, name = "", fields = {} }
    local bytes = gob.definition(RESPONSE) ..
      gob.value(RESPONSE, {
        ServiceMethod = "Jujuc.Main", Seq = 0,
        Error = 'bad request: wrong context ID; got "zz"',
      }) .. gob.definition(nothing) .. gob.value(nothing, {})
    assert.equal(vector "juju41-wrong-context.s2c.bin", bytes)
  end)
end)
