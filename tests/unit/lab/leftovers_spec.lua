-- SPDX-License-Identifier: Apache-2.0
local fs = require "host.fs"
local leftovers = require "lab.leftovers"
local preflight = require "lab.preflight"
local proc = require "host.proc"
local sys = require "host.sys"

describe("what an ended controller left", function()
  local machine, unable = preflight.check()
  local folder

  before_each(function()
    if unable then
      pending(unable)
    end
    folder = assert(fs.mkdtemp("/tmp/leftovers spec-"))
    assert(fs.mkdirs(folder .. "/models/m"))
  end)

  after_each(function()
    if folder then
      assert(fs.remove_all(folder))
    end
  end)

  local function start(what)
    local process <const> = assert(proc.spawn { argv = { machine.bwrap,
      "--unshare-user", "--die-with-parent", "--dev-bind", "/", "/", "--bind",
      folder .. "/" .. what, "/mnt", "--", "sleep", "60" } })
    local deadline <const> = sys.monotonic() + 10
    repeat
      sys.sleep(0.01)
      local line = fs.read(("/proc/%d/task/%d/children"):format(
        process:pid(), process:pid()))
      line = line and line:match("%d+")
      local name <const> = line and fs.read(("/proc/%s/comm"):format(line))
      local own <const> = fs.read(("/proc/%d/comm"):format(process:pid()))
    until name == "sleep\n" or own == "sleep\n" or sys.monotonic() > deadline
    return process
  end

  it("is found by its mounts and ended", function()
    local process <close> = start("models/m")
    assert.is_true(#leftovers.find(folder) >= 1)
    assert.is_true(leftovers.finish(folder))
    assert.same({}, leftovers.find(folder))
    assert.equal("KILL", assert(process:wait(10)).signal)
  end)

  it("is nobody else's process", function()
    assert(fs.mkdirs(folder .. "/other"))
    local process <close> = start("other")
    assert.same({}, leftovers.find(folder))
    assert.is_true(leftovers.finish(folder))
    assert.is_nil((process:wait(0)))
    process:kill("KILL")
  end)
end)
