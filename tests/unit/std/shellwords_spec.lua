-- SPDX-License-Identifier: Apache-2.0
local shellwords = require "std.shellwords"

describe("std.shellwords.split", function()
  local CASES <const> = {
    ["a  b\tc\nd"] = { "a", "b", "c", "d" },
    ["'a b' \"c d\""] = { "a b", "c d" },
    ["a'b c'd\"e f\"g"] = { "ab cde fg" },
    [ [[a\ b \' \"]] ] = { "a b", "'", '"' },
    [ [['a\b']] ] = { [[a\b]] },
    [ [["a\"b\\c\n"]] ] = { [[a"b\cn]] },
    ["'' x \"\""] = { "", "x", "" },
    ["a # b\nc"] = { "a", "c" },
    ["a#b '#c'"] = { "a#b", "#c" },
    ["$HOME *.c `x` a;b"] = { "$HOME", "*.c", "`x`", "a;b" },
    ["cmd [ -v -x ]"] = { "cmd", "[", "-v", "-x", "]" },
    [""] = {},
    [" \t "] = {},
    ["é ü"] = { "é", "ü" },
  }
  for text, words in pairs(CASES) do
    it(("splits %q"):format(text), function()
      assert.same(words, shellwords.split(text))
    end)
  end

  it("refuses what is not complete", function()
    for text, why in pairs {
      ["a 'b"] = "closing quote", ['a "b'] = "closing quote",
      ['"a\\'] = "closing quote", ["a\\"] = "escape character",
    } do
      local words, message = shellwords.split(text)
      assert.is_nil(words)
      assert.matches(why, message)
    end
  end)

  it("undoes join", function()
    local words = { "a b", "c", "it's", "", '"', "\\", "#x", "$y", "a=b" }
    assert.same(words, shellwords.split(shellwords.join(words)))
    assert.equal("a --b=c/d.e", shellwords.join { "a", "--b=c/d.e" })
  end)
end)
