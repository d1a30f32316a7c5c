-- SPDX-License-Identifier: Apache-2.0
-- docs/supervisor.md is true: the files that it names exist, the specs have the
-- examples that it names, and no difference is without one.
local examples = require "tests.support.examples"
local fs = require "host.fs"

local DOCUMENT <const> = "docs/supervisor.md"

describe(DOCUMENT, function()
  local text <const> = assert(fs.read(DOCUMENT))

  it("names files that exist, and examples that they have", function()
    local wrong, links = {}, 0
    for path, names in examples.each_link(text) do
      links = links + 1
      if not fs.stat(path) then
        wrong[#wrong + 1] = "there is no " .. path
      end
      for name in names:match("^[^|]*"):gmatch '"([^"]+)"' do
        if not examples.has(path, name) then
          wrong[#wrong + 1] = ("%s has no example '%s'"):format(path, name)
        end
      end
    end
    assert.same({}, wrong)
    assert.is_true(links > 20)
  end)

  it("names an example for each difference", function()
    local section = assert(text:match "\n## Where it differs.-\n## ")
    local rows = 0
    for row in section:gmatch "\n(|[^\n]+)" do
      local case = row:match "|[^|]*|[^|]*|(.*)|$"
      if rows > 1 then -- past the head
        assert.is_truthy(case:find '%(%.%./tests/.-%) "[^"]+"', row)
      end
      rows = rows + 1
    end
    assert.is_true(rows > 7)
  end)
end)
