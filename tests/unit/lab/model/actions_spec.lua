-- SPDX-License-Identifier: Apache-2.0
local actions = require "lab.model.actions"
local lab = require "tests.support.lab_model"

local SPEC <const> = {
  params = {
    who = { type = "string", default = "world" },
    count = { type = "integer" },
    mode = { enum = { "a", "b" } },
  },
  required = { "count" },
  additional = false,
}

local function model()
  local made = lab.model()
  lab.deploy(made, "app", lab.charm { actions = { greet = SPEC } })
  return made
end

local function enqueue(made, fields)
  return actions.enqueue(made, {
    unit = fields.unit or "app/0", name = fields.name or "greet",
    params = fields.params or { count = 1 }, now = 0,
  })
end

describe("actions", function()
  it("fills in defaults", function()
    assert.same({ who = "world", count = 2 },
      actions.validate(SPEC, { count = 2 }))
  end)

  it("refuses wrong types, values, and what is missing or too much", function()
    local function refused(params)
      local ok, message = actions.validate(SPEC, params)
      assert.is_nil(ok)
      return message
    end
    assert.equal("validation failed: (root).count : must be of type integer, "
      .. "given x", refused { count = "x" })
    assert.equal("validation failed: (root).mode : must match one of the enum "
      .. "values", refused { count = 1, mode = "c" })
    assert.equal('validation failed: (root) : "count" property is missing and '
      .. "required", refused {})
    assert.matches('additional property "foo" is not allowed',
      refused { count = 1, foo = 1 }, 1, true)
  end)

  it("refuses an unknown unit or action", function()
    local _, message = enqueue(model(), { unit = "app/9" })
    assert.equal('unit "app/9" not found', message)
    _, message = enqueue(model(), { name = "nope" })
    assert.equal('action "nope" not defined on unit "app/0"', message)
  end)

  it("numbers operations and tasks as Juju does, oldest first", function()
    local made = model()
    local first = assert(enqueue(made, {}))
    local second = assert(enqueue(made, {}))
    assert.same({ "1", "2", "3", "4" },
      { first.operation, first.id, second.operation, second.id })
    assert.equal(first, actions.next(made, made.units["app/0"]))
    first.status = "running"
    assert.equal(second, actions.next(made, made.units["app/0"]))
  end)

  it("forgets the oldest ended tasks past a hundred", function()
    local made = model()
    local first = assert(enqueue(made, {}))
    for _ = 1, 100 do
      assert(enqueue(made, {})).completed = 1
    end
    assert.is_not_nil(made.actions[first.id], "it has not ended")
    assert.is_nil(made.actions["4"])
    assert.is_not_nil(made.actions["202"])
  end)

  it("ends with results, with a failure, with a bad exit code", function()
    local function finish(outcome)
      local action = { results = {} }
      actions.finish(action, {
        code = outcome.code or 0, stdout = outcome.stdout or "", stderr = "",
        results = { a = "b" }, failed = outcome.failed,
      }, 9)
      return action
    end
    local action = finish { stdout = "text" }
    assert.equal("completed", action.status)
    assert.same({ a = "b", ["return-code"] = 0, stdout = "text" },
      action.results)
    action = finish { failed = "no luck" }
    assert.same({ "failed", "no luck" }, { action.status, action.message })
    action = finish { code = 3 }
    assert.same({ "failed", "exit status 3" },
      { action.status, action.message })
  end)
end)
