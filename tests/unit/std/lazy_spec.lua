-- SPDX-License-Identifier: Apache-2.0
local lazy = require "std.lazy"

describe("std.lazy", function()
  local loads

  before_each(function()
    loads = 0
    package.preload["spec.lazy"] = function()
      loads = loads + 1
      return setmetatable({ answer = 42 }, {
        __call = function(_, ...)
          return ...
        end,
      })
    end
  end)

  after_each(function()
    package.preload["spec.lazy"], package.loaded["spec.lazy"] = nil, nil
  end)

  it("loads a module at its first use, once", function()
    local module = lazy "spec.lazy"
    assert.equal(0, loads)
    assert.equal(42, module.answer)
    assert.is_nil(module.other)
    assert.equal(1, loads)
  end)

  it("shares what `require` gives", function()
    local module = lazy "spec.lazy"
    require("spec.lazy").answer = 43
    assert.equal(43, module.answer)
    assert.equal(1, loads)
  end)

  it("writes to the module", function()
    lazy "spec.lazy".answer = 44
    assert.equal(44, require("spec.lazy").answer)
  end)

  it("calls a module that is a function", function()
    assert.same({ 1, 2 }, { lazy "spec.lazy"(1, 2) })
  end)

  it("goes over the module's fields", function()
    local names = {}
    for name in pairs(lazy "spec.lazy") do
      names[#names + 1] = name
    end
    assert.same({ "answer" }, names)
  end)

  it("raises what loading raises", function()
    assert.has_error(function()
      return lazy "spec.no_such_module".x
    end)
  end)
end)

describe("the framework", function()
  it("loads nothing of Pebble and PostgreSQL before a charm uses it", function()
    local proc = require "host.proc"
    local sys = require "host.sys"
    local result = assert(proc.run { argv = { sys.executable(), "run",
      "tests/support/loaded.lua" } })
    assert.equal("", result.stdout)
    assert.equal(0, result.code)
  end)
end)
