-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

local function charmhost(...)
  return assert(proc.run { argv = { sys.executable(), ... }, timeout = 20 })
end

describe("charmhost", function()
  it("shows its usage for help, and for no command at all", function()
    local asked = charmhost("--help")
    assert.equal(0, asked.code)
    assert.matches("^usage: charmhost run", asked.stdout)
    local bare = charmhost()
    assert.equal(2, bare.code)
    assert.matches("^usage: charmhost run", bare.stderr)
  end)

  it("names the command that it does not know", function()
    local result = charmhost("fly")
    assert.equal(2, result.code)
    assert.matches("cannot run 'fly': no such command", result.stderr)
  end)
end)

describe("charmhost run", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/run-spec-"))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  local function run(text, ...)
    local path = folder .. "/script.lua"
    assert(fs.write(path, text))
    return charmhost("run", path, ...)
  end

  it("gives the script its arguments, and gives back its result", function()
    local result = run([[
      print(arg[0]:match("[^/]*$"), arg[1], select("#", ...), ...)
      return 7]], "a b", "c")
    assert.equal("script.lua\ta b\t2\ta b\tc\n", result.stdout)
    assert.equal(7, result.code)
  end)

  it("lets the script require its neighbours and the bindings", function()
    assert(fs.write(folder .. "/near.lua", "return 'near'"))
    local result = run([[
      print(require "near", require "host.sys".getpid() > 0)]])
    assert.equal("near\ttrue\n", result.stdout)
  end)

  it("ends with 1 and a traceback when the script raises", function()
    local result = run("error('out of ideas')")
    assert.equal(1, result.code)
    assert.matches("script.lua:1: out of ideas", result.stderr)
    assert.matches("stack traceback", result.stderr)
  end)

  it("ends with 1 and file and line on a syntax error", function()
    local result = run("x = = 1")
    assert.equal(1, result.code)
    assert.matches("script.lua:1: unexpected symbol", result.stderr)
  end)
end)

describe("charmhost test", function()
  local folder

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/test-spec-"))
    assert(fs.write(folder .. "/a_spec.lua", [[
      describe("one", function()
        it("holds", function() assert.equal(1, 1) end)
        it("breaks", function() assert.equal(1, 2) end)
        it("waits", function() pending("for rain") end)
      end)]]))
  end)

  after_each(function()
    assert(fs.remove_all(folder))
  end)

  it("counts, and fails when an example fails", function()
    local result = charmhost("test", folder)
    assert.equal(1, result.code)
    assert.matches("FAIL one breaks", result.stdout)
    assert.matches("SKIP one waits: for rain", result.stdout)
    assert.matches("\n1 passed, 1 failed, 1 skipped\n$", result.stdout)
  end)

  it("takes a skipped example for a failure where CI=true", function()
    local argv = { sys.executable(), "test", "--filter", "waits", folder }
    local env = sys.environ()
    env.CI = "true"
    assert.equal(1, proc.run({ argv = argv, env = env, timeout = 20 }).code)
    env.CI = nil
    assert.equal(0, proc.run({ argv = argv, env = env, timeout = 20 }).code)
  end)

  it("adds up the counts of several runs", function()
    local tally = folder .. "/tally"
    charmhost("test", "--tally", tally, folder)
    charmhost("test", "--tally", tally, "--filter", "holds", folder)
    local result = charmhost("test", "--sum", tally)
    assert.equal("2 passed, 1 failed, 1 skipped\n", result.stdout)
    assert.equal(1, result.code)
  end)

  it("counts a file that cannot be loaded as failed", function()
    assert(fs.write(folder .. "/b_spec.lua", "describe("))
    local result = charmhost("test", folder .. "/b_spec.lua")
    assert.equal(1, result.code)
    assert.matches("\n0 passed, 1 failed\n$", result.stdout)
  end)

  it("isolates what a file put into package.loaded", function()
    local text = [[
      it("starts clean", function()
        assert.is_nil(package.loaded.mark)
        package.loaded.mark = true
      end)]]
    assert(fs.write(folder .. "/a_spec.lua", text))
    assert(fs.write(folder .. "/b_spec.lua", text))
    assert.equal("2 passed, 0 failed\n", charmhost("test", folder).stdout)
  end)
end)
