-- SPDX-License-Identifier: Apache-2.0
local flags = require "lab.flags"

local SPEC <const> = {
  { "relation", "r" }, { "app", bool = true }, { "debug", "d", bool = true },
  { "limit", "n", integer = true }, { "config", list = true },
  { "format", default = "smart" },
}

local function parse(...)
  return flags.parse(SPEC, { ... })
end

describe("flags", function()
  it("takes values after a blank, after = and right behind a letter", function()
    assert.equal("3", parse("--relation", "3").relation)
    assert.equal("3", parse("--relation=3").relation)
    assert.equal("3", parse("-r3").relation)
    assert.equal("a=b", parse("--relation=a=b").relation)
    assert.equal("", parse("--relation=").relation)
  end)

  it("finds flags among the arguments, up to --", function()
    local options, args = parse("a", "--app", "b", "--", "--app", "-x")
    assert.is_true(options.app)
    assert.same({ "a", "b", "--app", "-x" }, args)
  end)

  it("leaves a lone dash as an argument", function()
    local _, args = parse("-")
    assert.same({ "-" }, args)
  end)

  it("reads Go's booleans, as ops sends them", function()
    assert.is_false(parse("--app=False").app)
    assert.is_true(parse("--app=True").app)
    assert.is_true(parse("--app=1").app)
    local options, message = parse("--app=maybe")
    assert.is_nil(options)
    assert.equal('invalid value "maybe" for option --app: not a boolean',
      message)
  end)

  it("splits letters that stand together", function()
    local options = parse("-dr3")
    assert.is_true(options.debug)
    assert.equal("3", options.relation)
  end)

  it("collects a flag given several times, and reads integers", function()
    assert.same({ "a=1", "b=2" },
      parse("--config", "a=1", "--config", "b=2").config)
    assert.equal(5, parse("-n", "5").limit)
    local _, message = parse("-n", "x")
    assert.equal('invalid value "x" for option -n: not a number', message)
  end)

  it("knows its defaults", function()
    assert.equal("smart", parse().format)
    assert.is_nil(parse().app)
  end)

  it("says what is wrong in Juju's words", function()
    local _, message = parse("--foo")
    assert.equal("option provided but not defined: --foo", message)
    _, message = parse("-x")
    assert.equal("option provided but not defined: -x", message)
    _, message = parse("--format")
    assert.equal("option needs an argument: --format", message)
  end)
end)
