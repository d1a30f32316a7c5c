-- SPDX-License-Identifier: Apache-2.0
-- The main job, step by step, on the real PostgreSQL and the real Temporal:
-- the guide's commands, what `status` says on the way, workflows, the second
-- day. While it goes on, every process's command line is written down, to see
-- that no password was ever among them. Each example goes on from the last.
local flow = require "lab.flow"
local fs = require "host.fs"
local http = require "host.http"
local json = require "std.json"
local labs = require "tests.support.lab"
local paths = require "lab.paths"
local proc = require "host.proc"
local sys = require "host.sys"

local NO_DATABASE <const> =
  "db:pgsql relation: no database connection available"
local NO_SCHEMA <const> = "admin:temporal relation: schema is not ready"
local START_LIMIT <const> = 90 -- seconds; a restart of 1.17 may stall for 23

local SERVER <const> = flow.SERVER
local ARCH <const> = assert(sys.uname()).machine
  :gsub("x86_64", "amd64"):gsub("aarch64", "arm64")
local MODEL <const> = "temporal"
local STEPS <const> = flow.deployment(ARCH)

describe("the main job", function()
  local lab, watcher, seen, stop_file

  local function watch()
    seen, stop_file = lab.folder .. "/seen", lab.folder .. "/stop"
    watcher = assert(proc.spawn {
      argv = { lab.host, "run", "tests/support/watch_processes.lua", seen,
        stop_file },
    })
  end

  setup(function()
    lab = labs.start {
      name = "flow", bare = true, controller = flow.CONTROLLER,
    }
    watch()
  end)

  teardown(function()
    assert(fs.write(stop_file, ""))
    watcher:wait(10)
    watcher:close()
    lab:stop()
  end)

  -- The guide's steps from the one whose first words these are to another.
  local function play(first, last)
    for i = first, last do
      lab:run(table.unpack(STEPS[i].words))
    end
  end

  local function all_active(status)
    for _, name in ipairs(flow.APPLICATIONS) do
      if lab:app(name, status).current ~= "active" then
        return false
      end
    end
    return true
  end

  local function wait_all_active()
    lab:wait("all applications are active", all_active, START_LIMIT)
  end

  local function run_workflows(count)
    local address = ("%s:%d"):format(lab:unit(SERVER).address,
      flow.FRONTEND_PORT)
    local result = assert(proc.run {
      argv = { paths.program_folder() .. "/client/bin/python",
        "tests/integration/workflow.py", address, tostring(count) },
      timeout = 120, max_output = 1 << 20,
    })
    assert.equal(0, result.code, result.stderr)
    assert.matches(count .. " workflow%(s%) with an activity completed",
      result.stdout)
    assert.matches(count .. " listed from the visibility store", result.stdout)
  end

  local function pebble(unit, container, path)
    local client <close> = http.client {
      socket = ("%s/%s/pebble.socket"):format(
        paths.unit(lab.data, MODEL, unit).containers, container),
    }
    local answer = assert(client:request { path = path })
    assert.equal(200, answer.status, answer.body)
    return assert(json.decode(answer.body)).result
  end

  local function service_state()
    local services = pebble(SERVER, "temporal", "/v1/services")
    return services[1] and services[1].current
  end

  -- Every password the relations of the model carry, current and past.
  local passwords = {}
  local function collect_passwords()
    local text = lab:run("show-unit", SERVER)
      .. lab:run("show-unit", "temporal-admin-k8s/0")
    for password in text:gmatch('password["\\]*[=:]%s*["\\\']*([%w_+/-]+)') do
      passwords[password] = true
    end
  end

  it("blocks the server until there is a database", function()
    play(1, 4)
    lab:wait_app("temporal-k8s", "blocked", NO_DATABASE)
  end)

  it("blocks the server until the schema is ready", function()
    play(5, 6)
    lab:wait_app("postgresql-k8s", "active")
    lab:wait_app("temporal-k8s", "blocked", NO_SCHEMA)
    assert.is_nil(service_state())
  end)

  it("ends with three active applications", function()
    play(7, 8)
    wait_all_active()
    local screen = lab:run("status", "--relations")
    assert.matches("temporal%-k8s/0%*%s+active%s+idle", screen)
    assert.matches("postgresql%-k8s:db%s+temporal%-k8s:db%s+pgsql", screen)
    assert.matches("unit%-temporal%-k8s%-0: %d%d:%d%d:%d%d INFO ",
      lab:run("debug-log"))
  end)

  it("runs workflows and lists them from the visibility store", function()
    run_workflows(20)
  end)

  it("keeps the password out of plan and peer databag", function()
    collect_passwords()
    local plan = pebble(SERVER, "temporal", "/v1/plan?format=yaml")
    assert.is_truthy(plan:find("temporal-server", 1, true))
    local peers = json.encode(lab:show_unit(SERVER)["relation-info"][1])
    assert.is_truthy(peers:find('"temporal"', 1, true))
    assert.is_truthy(next(passwords), "no password was found to look for")
    for password in pairs(passwords) do
      assert.is_nil(plan:find(password, 1, true))
      assert.is_nil(peers:find(password, 1, true))
    end
  end)

  it("blocks on an invalid service, and recovers when it is reset", function()
    lab:run("config", "temporal-k8s", "services=frontend,x")
    lab:wait_app("temporal-k8s", "blocked",
      "error in services config: invalid service 'x'")
    lab:run("config", "temporal-k8s", "--reset", "services")
    lab:wait_app("temporal-k8s", "active", "", START_LIMIT)
  end)

  it("restarts a running server for a changed option", function()
    local before = pebble(SERVER, "temporal", "/v1/services")[1]
    lab:run("config", "temporal-k8s", "log-level=warning")
    lab:wait("the server was started again", function()
      local now = pebble(SERVER, "temporal", "/v1/services")[1]
      return now.current == "active"
        and now["current-since"] ~= before["current-since"]
    end, START_LIMIT)
    lab:wait_app("temporal-k8s", "active", "", START_LIMIT)
  end)

  it("restarts the server by the action", function()
    assert.matches("restarted", lab:run("run", SERVER, "restart"))
    lab:wait_app("temporal-k8s", "active", "", START_LIMIT)
  end)

  it("stops the server and blocks when the database goes", function()
    lab:run("remove-relation", "temporal-k8s", "postgresql-k8s:db")
    lab:wait_app("temporal-k8s", "blocked", NO_DATABASE)
    assert.equal("inactive", service_state())
    lab:wait("the relation is gone", function()
      return not lab:run("status", "--relations")
        :find("postgresql-k8s:db", 1, true)
    end)
  end)

  it("serves again, with all it knew, when it is related again", function()
    lab:run("relate", "temporal-k8s", "postgresql-k8s:db")
    wait_all_active()
    collect_passwords()
    run_workflows(3)
  end)

  it("uses an edited handler for the next event", function()
    local file = lab:show_unit("temporal-admin-k8s/0")["charm-folder"]
      .. "/charm.lua"
    local text = assert(fs.read(file))
    local edited, count = text:gsub('(local ops = require "ops"\n)',
      '%1ops.log.info("edited on the unit")\n', 1)
    assert.equal(1, count)
    assert(fs.write(file, edited))
    lab:run("config", "temporal-admin-k8s", "log-level=debug")
    lab:wait_log("edited on the unit")
  end)

  it("never showed a password to a process list, log or status", function()
    collect_passwords()
    local texts = {
      ["a command line"] = assert(fs.read(seen)),
      ["debug-log"] = lab:log(),
      status = lab:run("status", "--relations")
        .. lab:run("status", "--format", "json"),
    }
    assert.is_truthy(texts["a command line"]:find("temporal-sql-tool", 1, true))
    local count = 0
    for password in pairs(passwords) do
      count = count + 1
      for where, text in pairs(texts) do
        assert.is_nil(text:find(password, 1, true), "a password is in " .. where)
      end
    end
    assert.is_true(count >= 2, "both relations had passwords of their own")
  end)
end)
