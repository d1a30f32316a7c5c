-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local null = require "std.null"
local schemas = require "std.schema"

local function fault_of(field, value)
  local schema = schemas.new { x = field }
  local values, err = schema:load { x = value }
  return not values and err.data.faults[1] or nil
end

describe("a schema", function()
  it("gives values by their own names, with defaults", function()
    local schema = schemas.new {
      log_level = { type = "string", default = "info" },
      max_count = "integer",
      kind = { type = "string", name = "class" },
      note = { type = "string", optional = true },
    }
    assert.same({ log_level = "debug", max_count = 3, kind = "a" },
      schema:load { ["log-level"] = "debug", max_count = 3, class = "a",
        more = true })
    assert.same({ log_level = "info", max_count = 3, kind = "a" },
      schema:load { ["max-count"] = 3, class = "a", note = null })
  end)

  it("lists all that is wrong", function()
    local schema = schemas.new {
      a = "string", b = "integer", c = { type = "string", name = "see" },
    }
    local values, err = schema:load({ b = 1.5, see = 3 },
      { tried = "load the config" })
    assert.is_nil(values)
    assert.equal("schema", err.kind)
    assert.equal("cannot load the config: a is missing; b must be of the "
      .. "type integer, not float; see must be of the type string, not "
      .. "integer", tostring(err))
    assert.equal(3, #err.data.faults)
  end)

  it("knows the types, classes too", function()
    local Secret <const> = setmetatable({}, { __name = "ops.Secret" })
    for _, case in ipairs {
      { "string", "", 1 }, { "integer", 0, 0.5 }, { "number", 0.5, "0.5" },
      { "boolean", false, 0 }, { "list", {}, "a" }, { "list", { 1 }, { a = 1 } },
      { "list", json.array {}, true }, { "map", { a = 1 }, { 1 } },
      { "map", {}, json.array { 1 } }, { "any", 1, nil },
      { "secret", Secret, {} }, { "ops.Secret", Secret, "secret:x" },
    } do
      assert.is_nil(fault_of(case[1], case[2]), case[1])
      assert.is_string(fault_of(case[1], case[3]), case[1])
    end
  end)

  it("knows bounds, choices, patterns and checks of one's own", function()
    for _, case in ipairs {
      { { type = "integer", min = 1 }, 0, "x must be at least 1" },
      { { type = "integer", max = 9 }, 10, "x must be at most 9" },
      { { type = "string", min = 2 }, "é", "x must have a length of at least 2" },
      { { type = "list", max = 1 }, { 1, 2 },
        "x must have a length of at most 1" },
      { { type = "string", one_of = { "a", "b" } }, "c",
        "x must be one of a, b, not c" },
      { { type = "string", pattern = "%a+" }, "a1", "x must match %a+" },
      { { check = function(v) return v == 1 and "is odd" or nil end }, 1,
        "x is odd" },
    } do
      assert.equal(case[3], fault_of(case[1], case[2]))
    end
    assert.is_nil(fault_of({ type = "string", min = 2, max = 3,
      pattern = "%a*", one_of = { "ab" } }, "ab"))
  end)

  it("may check the values together", function()
    local schema = schemas.new({ low = "integer", high = "integer" },
      function(values)
        return values.low > values.high and "low is above high" or nil
      end)
    assert.same({ low = 1, high = 2 }, schema:load { low = 1, high = 2 })
    local _, err = schema:load({ low = 3, high = 2 }, { tried = "look" })
    assert.equal("cannot look: low is above high", tostring(err))
    _, err = schema:load { low = "x" }
    assert.equal(2, #err.data.faults)
  end)

  it("tells no value that may be a secret", function()
    local text = fault_of({ type = "string", pattern = "%d+" }, "hidden")
    assert.is_nil(text:find("hidden", 1, true))
  end)

  it("decodes what it loads, and says what it could not", function()
    local schema = schemas.new { port = "integer", off = { type = "boolean",
      optional = true } }
    assert.same({ port = 80 }, schema:load({ port = "80", off = "null" },
      { decode = json.decode }))
    assert.same({ port = 80, off = false }, schema:load({ port = "80",
      off = "false" }, { decode = json.decode }))
    local _, err = schema:load({ port = "{" }, { decode = json.decode })
    assert.matches("^port ", err.data.faults[1])
  end)

  it("goes the other way, null for what is absent", function()
    local schema = schemas.new {
      kind = { type = "string", name = "class" }, log_level = "string",
      note = { type = "string", optional = true },
      size = { type = "integer", default = 3 },
    }
    assert.same({ class = "a", log_level = "info", note = null, size = 3 },
      schema:dump { kind = "a", log_level = "info" })
    local _, err = schema:dump({ kind = 1 }, { tried = "save" })
    assert.equal("cannot save: class must be of the type string, not "
      .. "integer; log_level is missing", tostring(err))
    _, err = schema:dump { kind = "a", log_level = "b", colour = "c" }
    assert.equal("colour is not declared", err.data.faults[1])
  end)

  it("has names", function()
    assert.has_error(function() schemas.new { "string" } end)
    assert.is_true(schemas.is(schemas.new {}))
    assert.is_false(schemas.is {})
  end)
end)
