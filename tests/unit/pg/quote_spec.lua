-- SPDX-License-Identifier: Apache-2.0
local quote = require "pg.quote"

describe("pg.quote", function()
  it("quotes names", function()
    assert.equal('"a"', quote.ident "a")
    assert.equal('"a""b c"', quote.ident 'a"b c')
  end)

  it("quotes values", function()
    assert.equal("'a'", quote.literal "a")
    assert.equal("'it''s'", quote.literal "it's")
    assert.equal([[ E'a\\b''']], quote.literal [[a\b']])
  end)

  it("refuses what SQL text cannot hold", function()
    for _, bad in ipairs { "a\0b", "\xff", 1, {} } do
      assert.has_error(function() quote.ident(bad) end)
      assert.has_error(function() quote.literal(bad) end)
    end
  end)
end)
