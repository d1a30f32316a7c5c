-- SPDX-License-Identifier: Apache-2.0
local errors = require "std.error"
local failure = require "juju.failure"

local function reason(name, args, code, text)
  local err = failure.of_result(name, args, "try",
    { code = code, stdout = "", stderr = "ERROR " .. text .. "\n" })
  return err.data.reason
end

describe("juju.failure", function()
  it("finds the reason in Juju's words", function()
    for _, row in ipairs {
      { "unknown-tool", 1, "bad request: unknown command: secret-get" },
      { "agent-gone", 1, 'bad request: wrong context ID; got "x"' },
      { "agent-gone", 1, "dial unix /x: connect: connection refused" },
      { "agent-gone", 1, "unexpected EOF" },
      { "agent-gone", 1, "JUJU_CONTEXT_ID not set" },
      { "not-found", 2, 'invalid value "9" for option -r: relation not found' },
      { "not-found", 1, '"k" not found' },
      { "not-found", 1, 'no network config found for binding "x"' },
      { "not-found", 1, 'secret "x" not found' },
      { "not-found", 1, 'consumer label "l" not found' },
      { "not-found", 1, 'secret key value "k" not found' },
      { "not-leader", 1, "this unit is not the leader" },
      { "not-leader", 1, "cannot write leadership settings: cannot write "
        .. "settings: not the leader" },
      { "permission", 1, "permission denied" },
      { "permission", 1, "cannot access cloud credentials: permission denied" },
      { "usage", 2, 'invalid status "x", expected one of [active]' },
      { "usage", 2, "missing secret URI" },
      { "usage", 2, "option provided but not defined: --foo" },
      { "failed", 1, "cannot access cloud credentials: no" },
    } do
      assert.equal(row[1], reason("x", {}, row[2], row[3]), row[3])
    end
  end)

  it("takes refused application data for missing leadership", function()
    local text <const> = "cannot write relation settings"
    assert.equal("not-leader", reason("relation-set", { "--app" }, 1, text))
    assert.equal("failed", reason("relation-set", {}, 1, text))
  end)

  it("keeps code and text for code that wants them", function()
    local err = failure.of_result("x", {}, "do it",
      { code = 1, stdout = "", stderr = "ERROR a\nb\n" })
    assert.is_true(errors.is(err, "hook-tool"))
    assert.equal("cannot do it: a\nb", tostring(err))
    assert.same({ code = 1, stderr = "ERROR a\nb\n", reason = "failed",
      tool = "x" }, err.data)
  end)

  it("says something even when the tool did not", function()
    local err = failure.of_result("x", {}, "do it",
      { code = 9, stdout = "", stderr = "" })
    assert.equal("cannot do it: x ended with code 9", tostring(err))
  end)
end)
