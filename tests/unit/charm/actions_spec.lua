-- SPDX-License-Identifier: Apache-2.0
-- An action that no handler observes would end well and do nothing.
local fs = require "host.fs"
local yaml = require "std.yaml"

describe("a charm's actions", function()
  for _, charm in ipairs(assert(fs.list("charm"))) do
    it("are all observed by " .. charm, function()
      local folder = "charm/" .. charm
      local actions = assert(yaml.decode(fs.read(folder .. "/actions.yaml")))
      local text = assert(fs.read(folder .. "/charm.lua"))
      for name in pairs(actions) do
        local event = ("self.on.%s_action"):format((name:gsub("-", "_")))
        assert.is_truthy(text:find(event, 1, true), name .. " has no handler")
      end
    end)
  end
end)
