-- SPDX-License-Identifier: Apache-2.0
-- A full disk is a folder that is not there: every write into it fails.
local debuglog = require "lab.debuglog"
local disks = require "lab.disk"
local fs = require "host.fs"
local json = require "std.json"
local loops = require "lab.loop"
local store = require "lab.store"

describe("a model's disk", function()
  local folder, loop, disk, kept_stderr

  before_each(function()
    folder = assert(fs.mkdtemp("/tmp/disk-spec-"))
    loop = loops.new()
    disk = disks.new { loop = loop, folder = folder .. "/m",
      model = { name = "m" }, logging = "<root>=INFO" }
    kept_stderr = io.stderr
    io.stderr = { write = function() end } -- luacheck: ignore
  end)

  after_each(function()
    io.stderr = kept_stderr -- luacheck: ignore
    assert(fs.remove_all(folder))
  end)

  it("has the model as soon as there is room", function()
    loop:main(function()
      disk:save()
      disk:save()
      assert.matches("cannot save the model: .*model.json", disk.problem)
      assert(fs.mkdirs(folder .. "/m"))
      disk.model.name = "n"
      loop:sleep(1.5)
      assert.is_nil(disk.problem)
      assert.same({ name = "n" }, store.model(folder .. "/m"))
    end)
  end)

  it("is asked for room before anything is begun", function()
    local ok, message = disks.room(folder .. "/m")
    assert.is_nil(ok)
    assert.matches("^cannot change anything now: cannot write .*No such file",
      message)
    assert.is_true(disks.room(folder))
    assert.same({}, fs.list(folder))
  end)

  it("says how many lines its log has lost", function()
    disk:write_log("unit-a-0", "INFO", "x", "one")
    disk:write_log("unit-a-0", "DEBUG", "x", "not wanted")
    assert(fs.mkdirs(folder .. "/m"))
    disk:write_log("unit-a-0", "INFO", "x", "three")
    local lines = {}
    for text in fs.read(folder .. "/m/debug.log"):gmatch("[^\n]+") do
      lines[#lines + 1] = debuglog.format(json.decode(text)):gsub(
        "%d+:%d+:%d+ ", "")
    end
    assert.equal(2, #lines)
    assert.matches("^controller: WARNING juju.worker.logsender 1 lines are "
      .. "missing here: cannot append", lines[1])
    assert.equal("unit-a-0: INFO x three", lines[2])
  end)
end)
