-- SPDX-License-Identifier: Apache-2.0
local json = require "std.json"
local stores = require "ops.store"
local tool = require "juju.tool"

describe("the unit's store", function()
  local calls, previous, content

  before_each(function()
    calls, content = {}, { a = "1", b = "2", empty = "" }
    previous = tool.use {
      name = "spec",
      call = function(_, name, args, stdin)
        calls[#calls + 1] = table.concat({ name, table.unpack(args) }, " ")
          .. (stdin and " < " .. stdin or "")
        local out = name == "state-get" and json.encode(content) or ""
        return { code = 0, stdout = out, stderr = "" }
      end,
      close = function() end,
    }
  end)

  after_each(function()
    tool.use(previous)
  end)

  it("asks for nothing, and sends nothing, unused", function()
    stores.new():commit()
    assert.same({}, calls)
  end)

  it("is read whole, once", function()
    local store = stores.new()
    assert.equal("1", store:get "a")
    assert.is_nil(store:get "c")
    assert.is_nil(store:get "empty")
    assert.same({ "a", "b", "empty" }, store:keys "")
    assert.same({ "state-get --format=json" }, calls)
  end)

  it("sends only what differs in the end", function()
    local store = stores.new()
    store:set("a", "9")
    store:set("a", "1")
    store:set("b", nil)
    store:set("c", "3")
    store:set("d", "4")
    store:set("d", nil)
    store:commit()
    assert.same({
      "state-get --format=json",
      'state-set --file - < ? "c"\n: "3"\n',
      "state-delete -- b",
    }, calls)
  end)
end)
