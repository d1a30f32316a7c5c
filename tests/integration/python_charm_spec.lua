-- SPDX-License-Identifier: Apache-2.0
-- A charm that is not ours: one of Python's ops (ledger/, beside this file)
-- deployed in a lab and related to charms of Lua. Databags, peer data, an
-- action, a container with a layer, push, pull and exec, storage, stored
-- state, deferral, secrets both ways.
local json = require "std.json"
local labs = require "tests.support.lab"
local python_charm = require "tests.support.python_charm"
local yaml = require "std.yaml"

local WRITER <const> = {
  ["metadata.yaml"] = "name: writer\nrequires: {book: {interface: ledger}}\n",
  ["config.yaml"] = "options: {line: {type: string, default: hello}}\n",
  ["charm.lua"] = [[
local ops = require "ops"
local Writer = ops.charm "writer"

function Writer:init()
  self:observe(self.on.config_changed, self.on_line)
  self:observe(self.on.book_relation_created, self.on_line)
  self:observe(self.on.book_relation_changed, self.on_changed)
end

function Writer:on_line()
  local relation = self.model:get_relation "book"
  if relation then
    relation.data[self.unit].line = self.config.line
  end
end

function Writer:on_changed(event)
  local heading = event.relation.data[event.app].heading
  local taken = event.unit and event.relation.data[event.unit].taken
  if taken == self.config.line then
    self.unit.status = ops.ActiveStatus(heading .. ": " .. taken)
  end
end

return Writer
]],
}

-- Reads the ledger's secret, and lets the ledger read one of its own, which
-- expires.
local GUEST <const> = {
  ["metadata.yaml"] = "name: guest\nrequires: {key: {interface: keys}}\n",
  ["charm.lua"] = [[
local ops = require "ops"
local Guest = ops.charm "guest"

function Guest:init()
  self:observe(self.on.key_relation_created, self.on_created)
  self:observe(self.on.key_relation_changed, self.on_changed)
  self:observe(self.on.secret_changed, self.on_secret_changed)
  self:observe(self.on.secret_expired, self.on_secret_expired)
  self:observe(self.on.secret_remove, self.on_secret_remove)
end

function Guest:on_created(event)
  local secret = self.unit:add_secret({ token = "one" },
    { label = "own", expire_after = 3600 })
  secret:grant(event.relation)
  event.relation.data[self.unit].token = secret.id
end

function Guest:on_changed(event)
  local id = event.relation.data[event.app].secret
  if id then
    local secret = self.model:get_secret { id = id, label = "theirs" }
    self.unit.status = ops.ActiveStatus(secret:get_content().password)
  end
end

function Guest:on_secret_changed(event)
  local old = event.secret:get_content().password
  local new = event.secret:get_content { refresh = true }
  self.unit.status = ops.ActiveStatus(("%s: %s, was %s")
    :format(event.secret.label, new.password, old))
end

function Guest:on_secret_expired(event)
  ops.log.info("expired %s %d", event.secret.label, event.revision)
  event.secret:set_content { token = "two" }
end

function Guest:on_secret_remove(event)
  ops.log.info("nobody needs %s %d", event.secret.label, event.revision)
  event:remove_revision()
end

return Guest
]],
}

describe("a charm of Python's ops", function()
  local lab, writer

  setup(function()
    lab = labs.start {
      name = "python-charm",
      config = { ["logging-config"] = "<root>=INFO;unit=DEBUG" },
    }
    writer = lab:make_charm("writer", WRITER)
    local plain <const> = python_charm.pack("tests/integration/ledger",
      lab.folder .. "/charms/ledger.charm")
    local by_juju <const> = python_charm.pack("tests/integration/ledger",
      lab.folder .. "/charms/by-juju.charm", { ["state-by-juju"] = "" })
    lab:run("deploy", writer)
    lab:run("deploy", plain, "--resource", "desk-image=scratch")
    lab:run("deploy", by_juju, "archive", "--resource", "desk-image=scratch",
      "--config", "heading=old")
  end)

  teardown(function()
    lab:stop()
  end)

  local function read(unit, ...)
    local text <const> =
      lab:run("run", unit, "read", ...):match("\nWaiting[^\n]*\n(.*)$")
    return assert(yaml.decode((text:gsub("%d+:%d+:%d+ reading\n", ""))))
  end

  it("comes up by its own handlers", function()
    lab:wait_app("ledger", "active", "ledger")
    lab:wait_app("archive", "active", "old")
    assert.equal("1.0", lab:status().applications.ledger.version)
  end)

  it("shares databags with a charm of Lua", function()
    lab:run("relate", "writer", "ledger")
    lab:wait_app("writer", "active", "ledger: hello")
    lab:run("config", "writer", "line=again")
    lab:wait_app("writer", "active", "ledger: again")
  end)

  it("works in its container, and remembers", function()
    for _, app in ipairs { "ledger", "archive" } do
      lab:wait("storage is attached", function()
        return (read(app .. "/0").seen or ""):find("attached", 1, true)
      end)
    end
    local found <const> = read("ledger/0", "last=1")
    assert.same({ "writer/0: again" }, json.decode(found.lines))
    assert.equal("2", found.count)
    assert.same({ out = "in /srv\n", err = "clerk\n" }, found.exec)
    assert.equal("active", found.clerk)
    assert.equal("desk", found.ready)
    assert.equal('["writer"]', found.writers)
    assert.equal("1", found.units)
    for _, event in ipairs {
      "attached pages/0 /var/lib/juju/storage/pages/0", "joined writer/0",
    } do
      assert.matches(('"%s"'):format(event), found.seen, 1, true)
    end
  end)

  it("defers, by its own file and by Juju's state", function()
    for unit, heading in pairs { ["ledger/0"] = "ledger", ["archive/0"] = "old" }
    do
      local app <const> = unit:match("^[^/]*")
      lab:run("config", app, "closed=true", "heading=later")
      lab:wait("the event is deferred", function()
        return tonumber(read(unit).waited) > 0
      end)
      assert.equal(heading, lab:app(app).message)
      lab:run("config", app, "closed=false")
      lab:wait_app(app, "active", "later")
    end
    local log <const> = lab:log()
    for _, unit in ipairs { "ledger/0", "archive/0" } do
      assert.matches(("unit.%s.juju-log Deferring <ConfigChangedEvent via "
        .. "Ledger/on/config_changed["):format(unit), log, 1, true)
      assert.matches(("unit.%s.juju-log Re-emitting deferred event "
        .. "<ConfigChangedEvent"):format(unit), log, 1, true)
    end
  end)

  it("reports an action that fails", function()
    local result <const> = lab:try("run", "ledger/0", "tear")
    assert.equal(1, result.code)
    assert.matches("failed: code 3: no", result.stdout, 1, true)
  end)

  it("hears its container's Pebble: a notice, a check", function()
    lab:run("run", "ledger/0", "ring")
    lab:wait_ran("ledger/0", "desk-pebble-custom-notice")
    lab:run("run", "ledger/0", "close", "closed=true")
    lab:wait_ran("ledger/0", "desk-pebble-check-failed")
    lab:run("run", "ledger/0", "close", "closed=false")
    lab:wait_ran("ledger/0", "desk-pebble-check-recovered")
    local seen <const> = read("ledger/0").seen
    for _, event in ipairs {
      "notice ledger.example/bell", "check open failed", "check open recovered",
    } do
      assert.matches(event, seen, 1, true)
    end
  end)

  it("asks for storage, as much as it may have", function()
    lab:run("run", "ledger/0", "more")
    lab:wait_ran("ledger/0", "spare-storage-attached")
    assert.matches("attached spare/2 /var/lib/juju/storage/spare/2",
      read("ledger/0").seen, 1, true)
    local result <const> = lab:try("run", "ledger/0", "more")
    assert.matches('charm "ledger" store "spare": at most 1 instances '
      .. "supported, 2 specified", result.stdout, 1, true)
  end)

  it("shares a secret with a charm of Lua", function()
    lab:run("deploy", lab:make_charm("guest", GUEST))
    lab:run("relate", "guest", "ledger")
    lab:wait_app("guest", "active", "first")
    local result <const> = lab:run("run", "ledger/0", "change", "password=second")
    assert.matches("description: for guests", result, 1, true)
    assert.matches("rotation: daily", result, 1, true)
    lab:wait_app("guest", "active", "theirs: second, was first")
    lab:wait("the old revision is removed", function()
      return read("ledger/0").seen:find("remove shared 1", 1, true)
    end)
  end)

  it("rotates and expires secrets on a clock that is moved", function()
    assert.matches("token one", read("ledger/0").seen, 1, true)
    lab:run("model-config", "clock-offset=25h")
    lab:wait_app("guest", "active", "theirs: rotated, was second")
    lab:wait_log("expired own 1")
    lab:wait("the new token is read", function()
      return read("ledger/0").seen:find("changed token two", 1, true)
    end)
    lab:wait_log("nobody needs own 1")
    assert.matches("rotate shared", read("ledger/0").seen, 1, true)
  end)

  it("is told of a departure before the end", function()
    lab:run("remove-application", "writer", "--no-prompt")
    lab:wait("writer is gone", function(status)
      return not status.applications.writer
    end)
    lab:wait_ran("ledger/0", "book-relation-broken")
    local found <const> = read("ledger/0")
    local seen <const> = json.decode(found.seen)
    local ends <const> = {}
    for _, event in ipairs(seen) do
      if event:find("^departed ") or event:find("^broken ") then
        ends[#ends + 1] = event
      end
    end
    assert.same({ "departed writer/0", "broken writer" }, ends)
    assert.equal("[]", found.writers)
  end)
end)
