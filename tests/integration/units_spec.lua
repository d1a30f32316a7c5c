-- SPDX-License-Identifier: Apache-2.0
-- Three Temporal servers as one cluster, on the real PostgreSQL: who does the
-- leader's work, what happens to 200 workflows when the leader goes, how a
-- late unit joins. Each example goes on from the last.
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local labs = require "tests.support.lab"
local names = require "lab.names"
local paths = require "lab.paths"
local pg = require "pg"
local proc = require "host.proc"
local sys = require "host.sys"

local SERVER <const>, ADMIN <const> = "temporal-k8s", "temporal-admin-k8s"
local DATABASE <const> = "postgresql-k8s"
local PORT <const> = 7233
local MODEL <const> = "temporal"
local START_LIMIT <const>, LOAD_LIMIT <const> = 90, 120
local WORKFLOWS <const>, PER_SECOND <const> = 200, 20
local GAP_LIMIT <const> = 45 -- seconds without any workflow's end

describe("several units", function()
  local lab

  setup(function()
    lab = labs.start {
      name = "units",
      config = { ["logging-config"] = "<root>=INFO;unit=DEBUG" },
    }
    lab:run("deploy", SERVER, "-n", "3")
    lab:run("deploy", DATABASE, "--trust")
    lab:run("deploy", ADMIN, "-n", "2")
    lab:run("relate", SERVER, DATABASE .. ":db")
    lab:run("relate", SERVER .. ":admin", ADMIN .. ":admin")
  end)

  teardown(function()
    lab:stop()
  end)

  local function units(app, status)
    return (status or lab:status()).applications[app].units
  end

  local function leader(app)
    for name, unit in pairs(units(app)) do
      if unit.leader then
        return name
      end
    end
  end

  local function follower(app)
    for name, unit in names.each(units(app)) do
      if not unit.leader then
        return name
      end
    end
  end

  local function wait_units(app, count, current)
    lab:wait(("%d units of %s are %s"):format(count, app, current),
      function(status)
        local found = 0
        for _, unit in pairs(units(app, status)) do
          if unit["workload-status"].current ~= current
            or unit["juju-status"].current ~= "idle" then
            return false
          end
          found = found + 1
        end
        return found == count
      end, START_LIMIT)
  end

  local function frontends()
    local found = {}
    for _, unit in names.each(units(SERVER)) do
      found[#found + 1] = ("%s:%d"):format(unit.address, PORT)
    end
    return found
  end

  local function run_workflow(unit)
    local result = assert(proc.run {
      argv = { paths.program_folder() .. "/client/bin/python",
        "tests/integration/workflow.py",
        ("%s:%d"):format(lab:unit(unit).address, PORT), "3" },
      timeout = LOAD_LIMIT, max_output = 1 << 20,
    })
    assert.equal(0, result.code, result.stderr)
  end

  -- Workflows in the background while `during` does its worst.
  local function under_load(during)
    local path = lab.folder .. "/load"
    local output <close> = assert(fs.open(path, "w"))
    local errors <close> = assert(fs.open(path .. ".err", "w"))
    local process <close> = assert(proc.spawn {
      argv = { paths.program_folder() .. "/client/bin/python",
        "tests/integration/load.py", tostring(WORKFLOWS),
        tostring(PER_SECOND), table.unpack(frontends()) },
      stdout = output, stderr = errors,
    })
    lab:wait("the first workflows are done", function()
      return fs.read(path):find("done", 1, true)
    end)
    during()
    local how = process:wait(LOAD_LIMIT)
    local text = fs.read(path)
    assert.is_truthy(how, "the load does not end: " .. text)
    assert.equal(0, how.code, text .. fs.read(path .. ".err"):sub(-2000))
    local report = assert(json.decode(text:match('{"count[^\n]*}') or ""), text)
    assert.equal(WORKFLOWS, report.ended)
    io.stdout:write(("%d workflows in %.1f s, all ended; the longest gap was "
      .. "%.2f s, %d calls went to another frontend\n"):format(report.ended,
      report.took, report.gap, report.moved))
    assert.is_true(report.gap < GAP_LIMIT)
  end

  local function ran(unit, text)
    local tag = "unit-" .. unit:gsub("/", "-") .. ": "
    for line in lab:log():gmatch("[^\n]+") do
      if line:sub(1, #tag) == tag and line:find(text, 1, true) then
        return true
      end
    end
    return false
  end

  -- How many commands the charm has run in the unit's container.
  local function commands_in(unit)
    local client <close> = http.client {
      socket = ("%s/%s/pebble.socket"):format(
        paths.unit(lab.data, MODEL, unit).containers, "temporal-admin"),
    }
    local answer = assert(client:request { path = "/v1/changes?select=all" })
    local count = 0
    for _, change in ipairs(json.decode(answer.body).result) do
      count = count + (change.kind == "exec" and 1 or 0)
    end
    return count
  end

  -- One row a server that has said lately that it is a member.
  local function members()
    local conninfo = json.encode(lab:show_unit(leader(SERVER)))
      :match('"master":"([^"]*)"')
    local target = assert(pg.conninfo.parse(conninfo))
    target.timeout = 5
    local session <close> = assert(pg.connect(target))
    local found = {}
    for _, row in ipairs(assert(session:query([[
select distinct rpc_address from cluster_membership
where last_heartbeat > (now() at time zone 'utc') - interval '20 seconds'
order by rpc_address]])).rows) do
      found[#found + 1] = row.rpc_address
    end
    return found
  end

  it("form one cluster of three servers", function()
    wait_units(SERVER, 3, "active")
    wait_units(ADMIN, 2, "active")
    local addresses = {}
    for _, unit in names.each(units(SERVER)) do
      addresses[#addresses + 1] = unit.address
    end
    table.sort(addresses)
    assert.same(addresses, members())
    for name in pairs(units(SERVER)) do
      run_workflow(name)
    end
  end)

  it("leave the schema to the leader", function()
    assert.is_true(commands_in(leader(ADMIN)) > 0)
    assert.equal(0, commands_in(follower(ADMIN)))
  end)

  it("go on when the leader is removed under load, every workflow ends",
    function()
      local gone = leader(SERVER)
      under_load(function()
        lab:run("remove-unit", gone)
        lab:wait("the leader is gone", function(status)
          return not units(SERVER, status)[gone]
        end)
      end)
      wait_units(SERVER, 2, "active")
      local new = leader(SERVER)
      assert.is_truthy(new)
      assert.is_true(ran(new, 'ran "leader-elected" hook'))
      run_workflow(new)
    end)

  it("let a late one start by itself", function()
    local before = units(SERVER)
    lab:run("add-unit", SERVER)
    wait_units(SERVER, 3, "active")
    for name in pairs(units(SERVER)) do
      if not before[name] then
        run_workflow(name)
      end
    end
    lab:wait("the heartbeat of the one that was removed is too old",
      function() return #members() == 3 end)
  end)

  it("go on when the leader's pod is killed, and take it back", function()
    local gone = leader(SERVER)
    lab:run("delete-pod", gone, "--grace-period", "0", "--away", "2s")
    lab:wait("another leads", function() return leader(SERVER) ~= gone end)
    run_workflow(leader(SERVER))
    wait_units(SERVER, 3, "active")
    run_workflow(gone)
  end)

  it("keep the schema when the admin's leader goes", function()
    local gone = leader(ADMIN)
    lab:run("remove-unit", gone)
    lab:wait("the leader is gone", function(status)
      return not units(ADMIN, status)[gone]
    end)
    wait_units(ADMIN, 1, "active")
    wait_units(SERVER, 3, "active")
    assert.matches("schema is ready",
      lab:run("run", ADMIN .. "/leader", "setup-schema"))
  end)

  it("say why a second database server is none, and let it go", function()
    lab:run("add-unit", DATABASE)
    lab:wait("the second one is refused", function(status)
      local second = lab:unit(DATABASE .. "/1", status)
      return second.current == "blocked" and second.message ==
        "a second unit would be a second server, with other data: scale to one"
    end)
    lab:run("remove-unit", DATABASE, "--num-units", "1")
    lab:wait("it is gone", function(status)
      return not units(DATABASE, status)[DATABASE .. "/1"]
    end)
    wait_units(DATABASE, 1, "active")
    wait_units(SERVER, 3, "active")
    run_workflow(leader(SERVER))
  end)

  it("end by themselves, the servers first", function()
    local started = sys.monotonic()
    for _, app in ipairs { SERVER, ADMIN, DATABASE } do
      lab:run("remove-application", app)
    end
    lab:wait("nothing is left", function(status)
      return next(status.applications) == nil
    end, START_LIMIT)
    assert.is_true(sys.monotonic() - started < START_LIMIT)
  end)
end)
