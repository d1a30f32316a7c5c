-- SPDX-License-Identifier: Apache-2.0
local debuglog = require "lab.debuglog"
local fs = require "host.fs"
local json = require "std.json"

local LINE <const> = {
  at = 43200.5, entity = "unit-temporal-k8s-0", level = "INFO",
  module = "unit.temporal-k8s/0.juju-log", message = "hello",
}

local function shows(options)
  return debuglog.shows(LINE, options)
end

describe("debuglog", function()
  it("has Juju's line format", function()
    assert.equal("unit-temporal-k8s-0: 12:00:00 INFO "
      .. "unit.temporal-k8s/0.juju-log hello", debuglog.format(LINE))
  end)

  it("keeps what logging-config says", function()
    local log = debuglog.new("/dev/null", "<root>=INFO;unit=DEBUG")
    assert.is_true(log:wants("unit.app/0.juju-log", "DEBUG"))
    assert.is_false(log:wants("unit.app/0.juju-log", "TRACE"))
    assert.is_false(log:wants("juju.worker.uniter", "DEBUG"))
    assert.is_true(log:wants("juju.worker.uniter", "INFO"))
    assert.is_false(log:wants("unity", "DEBUG"))
    log:configure("unit.app/0=ERROR")
    assert.is_false(log:wants("unit.app/0.install", "WARNING"))
    assert.is_true(log:wants("other", "WARNING"))
  end)

  it("refuses a logging-config it cannot read", function()
    local _, message = debuglog.parse_config("<root>=LOUD")
    assert.equal('unknown severity level "LOUD"', message)
    _, message = debuglog.parse_config("unit")
    assert.equal('config value expected "=", found "unit"', message)
  end)

  it("shows by level and by who", function()
    assert.is_true(shows {})
    assert.is_true(shows { level = "INFO" })
    assert.is_false(shows { level = "WARNING" })
    for _, who in ipairs {
      "unit-temporal-k8s-0", "temporal-k8s/0", "temporal-k8s", "unit-*",
    } do
      assert.is_true(shows { include = { who } }, who)
      assert.is_false(shows { exclude = { who } }, who)
    end
    assert.is_false(shows { include = { "temporal-k8s/1" } })
    assert.is_false(shows { include = { "temporal" } })
  end)

  it("writes lines that are JSON whatever a charm prints", function()
    local folder <const> = assert(fs.mkdtemp("/tmp/debuglog-"))
    local path <const> = folder .. "/debug.log"
    local log = debuglog.new(path, "<root>=DEBUG")
    log:write {
      at = 0, entity = "e", level = "INFO", module = "m",
      message = "two\nlines \xff\x00 é",
    }
    local value = assert(json.decode(assert(fs.read(path))))
    assert.equal("two\nlines ?\0 é", value.message)
    fs.remove_all(folder)
  end)
end)
