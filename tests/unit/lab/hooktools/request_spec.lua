-- SPDX-License-Identifier: Apache-2.0
local requests = require "lab.hooktools.request"

describe("lab.hooktools.request", function()
  it("fills in what gob leaves out", function()
    assert.same({
      context_id = "", dir = "", command = "", args = {}, stdin_set = false,
      stdin = "", token = "",
    }, requests.parse {})
  end)

  it("takes over what was sent", function()
    assert.same({
      context_id = "c", dir = "/d", command = "x", args = { "a", "" },
      stdin_set = true, stdin = "in", token = "t",
    }, requests.parse {
      ContextId = "c", Dir = "/d", CommandName = "x", Args = { "a", "" },
      StdinSet = true, Stdin = "in", Token = "t", Newer = { 1 },
    })
  end)

  it("refuses fields of other types", function()
    for name, value in pairs {
      ContextId = 1, Dir = true, CommandName = {}, StdinSet = "yes",
      Stdin = 1, Token = {}, Args = "a",
    } do
      assert.is_nil(requests.parse { [name] = value }, name)
    end
    assert.is_nil(requests.parse { Args = { "a", 1 } })
  end)

  it("lets a good request pass", function()
    local request = requests.parse {
      ContextId = "c", Dir = "/", CommandName = "x",
    }
    assert.is_nil(requests.check({ context_id = "c" }, "Jujuc.Main", request))
    assert.equal("bad request: unknown command: x", requests.check({
      context_id = "c", knows = function() return false end,
    }, "Jujuc.Main", request))
  end)
end)
