-- SPDX-License-Identifier: Apache-2.0
-- `charmcraft analyse` finds nothing wrong in what `charmhost pack` makes: of
-- each of our charms, and of one for several processors.
local fs = require "host.fs"
local hosts = require "cli.charm.hosts"
local json = require "std.json"
local proc = require "host.proc"
local sys = require "host.sys"

local BUILD <const> = sys.executable():match("^(.*)/[^/]*$")
local CHARMCRAFT <const> = BUILD .. "/charmcraft/bin/charmcraft"
local WAIT <const> = 120

describe("charmcraft analyse", function()
  local folder

  setup(function()
    folder = assert(fs.mkdtemp("/tmp/analyse-spec-"))
  end)

  teardown(function()
    assert(fs.remove_all(folder))
  end)

  local function pack(charm, ...)
    local result = assert(proc.run { timeout = WAIT, argv = {
      BUILD .. "/charmhost", "pack", charm, "-o", folder .. "/a.charm", ...,
    } })
    assert.equal(0, result.code, result.stderr)
  end

  -- The result of each of its checks.
  local function analyse()
    local result = assert(proc.run {
      argv = { CHARMCRAFT, "analyse", "--format", "json",
        folder .. "/a.charm" },
      env = { PATH = "/usr/bin:/bin", HOME = folder, LANG = "C.UTF-8",
        XDG_RUNTIME_DIR = folder },
      timeout = WAIT,
    })
    local checks = json.decode(result.stdout)
    assert.is_table(checks, result.stdout .. result.stderr)
    local found = {}
    for _, check in ipairs(checks) do
      found[check.name] = check.result
    end
    return found, result.code
  end

  local CLEAN <const> = {
    ["juju-actions"] = "ok", ["juju-config"] = "ok", metadata = "ok",
    ["naming-conventions"] = "ok", entrypoint = "nonapplicable",
    ["ops-main-call"] = "nonapplicable", ["pip-check"] = "nonapplicable",
    ["additional-files"] = "nonapplicable", pydeps = "nonapplicable",
    framework = "unknown", language = "unknown",
  }

  for _, name in ipairs(assert(fs.list("charm"))) do
    it("finds nothing wrong in " .. name, function()
      pack("charm/" .. name)
      local found, code = analyse()
      assert.same(CLEAN, found)
      assert.equal(0, code)
    end)
  end

  it("finds nothing wrong in a charm for several processors", function()
    local foreign = folder .. "/foreign"
    assert(fs.write(foreign, "\127ELF\2\1\1" .. ("\0"):rep(11) .. "\22\0"))
    local own = hosts.own()
    pack("charm/temporal-k8s", "--arch", own .. ",s390x", "--host",
      "s390x=" .. foreign)
    local found, code = analyse()
    assert.equal("ok", found.entrypoint)
    found.entrypoint = CLEAN.entrypoint
    assert.same(CLEAN, found)
    assert.equal(0, code)
  end)

  it("does find what is not as it should be", function()
    local charm = folder .. "/odd"
    assert(fs.mkdirs(charm))
    assert(fs.write(charm .. "/metadata.yaml",
      "name: odd\nsummary: s\ndescription: d\n"))
    assert(fs.write(charm .. "/config.yaml",
      "options: {snake_case: {type: int}}\n"))
    assert(fs.write(charm .. "/charm.lua", "return {}\n"))
    pack(charm)
    assert.equal("warning", analyse()["naming-conventions"])
  end)
end)
