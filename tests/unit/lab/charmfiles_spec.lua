-- SPDX-License-Identifier: Apache-2.0
local files = require "lab.charmfiles"
local fs = require "host.fs"

describe("charmfiles", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/charmfiles-spec-"))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  local function read(file, text, required)
    if text then
      assert(fs.write(folder .. "/" .. file, text))
    end
    return files.read(folder, file, required)
  end

  it("reads a file as it is, also what no rule names", function()
    assert.same({ name = "a", requires = { db = "sql" }, x = 1 },
      read("metadata.yaml", "name: a\nrequires: {db: sql}\nx: 1\n"))
  end)

  it("takes an absent or empty file for an empty one", function()
    assert.same({}, read("config.yaml"))
    assert.same({}, read("config.yaml", ""))
    assert.same({}, read("actions.yaml", "# nothing\n"))
  end)

  it("misses a file that must be there", function()
    local value, message = read("metadata.yaml", nil, true)
    assert.is_nil(value)
    assert.equal("it has no metadata.yaml", message)
  end)

  it("tells a syntax error by its line", function()
    local _, message = read("config.yaml", "options:\n  a: [\n")
    assert.matches("^cannot read config.yaml: .*line 3", message)
  end)

  for _, case in ipairs {
    { "metadata.yaml", "- a", "metadata.yaml: expected a map, got a list" },
    { "metadata.yaml", "name: [a]",
      "metadata.yaml.name: expected a string, got a list" },
    { "metadata.yaml", "requires: [db]",
      "metadata.yaml.requires: expected a map, got a list" },
    { "metadata.yaml", "requires: {db: 7}",
      "metadata.yaml.requires.db: expected a map, got 7" },
    { "metadata.yaml", "requires: {db: {interface: sql, limit: many}}",
      "metadata.yaml.requires.db.limit: expected an integer, got many" },
    { "metadata.yaml", "containers: {c: {mounts: {storage: s}}}",
      "metadata.yaml.containers.c.mounts: expected a list, got a map" },
    { "metadata.yaml", "containers: {c: {mounts: [null]}}",
      "metadata.yaml.containers.c.mounts[1]: expected a value, got nothing" },
    { "metadata.yaml", "storage: {s: 7}",
      "metadata.yaml.storage.s: expected a map, got 7" },
    { "config.yaml", "options: 7",
      "config.yaml.options: expected a map, got 7" },
    { "config.yaml", "options: {x: {type: 7}}",
      "config.yaml.options.x.type: expected a string, got 7 (YAML reads it as "
        .. "a number; quote it)" },
    { "actions.yaml", "look: {required: [n]}",
      "actions.yaml.look.required[1]: expected a string, got false (YAML "
        .. "reads it as a boolean; quote it)" },
  } do
    it(("refuses %s: %s"):format(case[1], case[2]), function()
      local value, message = read(case[1], case[2])
      assert.is_nil(value)
      assert.equal(case[3], message)
    end)
  end
end)
