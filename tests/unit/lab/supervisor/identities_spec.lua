-- SPDX-License-Identifier: Apache-2.0
-- What of identities the contract suite can't ask any Pebble.
local identities = require "lab.supervisor.identities"
local json = require "std.json"

describe("the supervisor's identities", function()
  local function post(self, body)
    local text = json.encode(body)
    return pcall(self.post, self, { body = { read_all = function()
      return text
    end } })
  end

  it("tell the access of a user, or nothing", function()
    local self = identities.new()
    assert.is_nil(self:access_of(5))
    assert.is_true(post(self, { action = "add", identities = {
      bob = { access = "metrics", ["local"] = { ["user-id"] = 5 } } } }))
    assert.equal("metrics", self:access_of(5))
    assert.is_nil(self:access_of(6))
  end)

  it("refuse certificates, saying so", function()
    local ok, refusal = post(identities.new(), { action = "add",
      identities = { bob = { access = "read", cert = { pem = "x" } } } })
    assert.is_false(ok)
    assert.matches("not supported by the lab's supervisor", refusal.message)
  end)

  it("stay as they are when one of several is wrong", function()
    local self = identities.new()
    assert.is_false((post(self, { action = "add", identities = {
      ann = { access = "read", ["local"] = { ["user-id"] = 5 } },
      bob = { access = "read", ["local"] = { ["user-id"] = 5 } } } })))
    assert.is_nil(next(self.by_name))
  end)
end)
