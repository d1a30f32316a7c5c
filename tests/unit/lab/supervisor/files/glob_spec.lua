-- SPDX-License-Identifier: Apache-2.0
local glob = require "lab.supervisor.files.glob"

describe("a name pattern", function()
  for _, case in ipairs {
    { "*", "anything", true },
    { "*.txt", "a.txt", true },
    { "*.txt", "a.txtx", false },
    { "a?c", "abc", true },
    { "a?c", "ac", false },
    { "[a-c]x", "bx", true },
    { "[^a-c]x", "bx", false },
    { "[]a]", "a", false, invalid = true },
    { "a-b.c+(d)%", "a-b.c+(d)%", true },
    { "\\*", "*", true },
    { "\\*", "x", false },
    { "[\\]]", "]", true },
    { "", "", true },
    { "[a", "a", false, invalid = true },
    { "a\\", "a", false, invalid = true },
  } do
    it(("%q on %q"):format(case[1], case[2]), function()
      assert.equal(not case.invalid, glob.is_valid(case[1]))
      if not case.invalid then
        assert.equal(case[3], glob.matches(case[1], case[2]))
      end
    end)
  end
end)
