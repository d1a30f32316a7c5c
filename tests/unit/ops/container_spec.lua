-- SPDX-License-Identifier: Apache-2.0
-- ops.Container: what charms call; failures are raised.
local container = require "ops.container"
local errors = require "std.error"
local fs = require "host.fs"
local pebble = require "tests.support.pebble"

local function raises(kind, text, f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  assert.is_true(errors.is(err, kind), tostring(err))
  assert.is_truthy(tostring(err):find(text, 1, true), tostring(err))
  return err
end

describe("ops.Container", function()
  local server, workload, dir

  setup(function()
    server = pebble.start()
    dir = server.dir
    workload = container.new { name = "wl", socket = server.socket }
  end)
  teardown(function()
    server:stop()
  end)

  local function add(command, fields)
    local name = server:name "srv"
    local service = fields or {}
    service.override, service.command = "replace", command
    workload:add_layer(name, { services = { [name] = service } })
    return name
  end

  it("knows whether Pebble is there, without raising", function()
    assert.is_true(workload:can_connect())
    local nowhere = container.new { name = "x", socket = dir .. "/none" }
    assert.is_false(nowhere:can_connect())
    raises("pebble-connection", "can_connect", nowhere.get_plan, nowhere)
    assert.equal("/charm/containers/abc/pebble.socket",
      container.new { name = "abc" }.pebble.socket)
  end)

  it("starts, restarts and stops services", function()
    local name = add "sleep 1000"
    assert.is_false(workload:get_service(name):is_running())
    workload:start(name)
    assert.is_true(workload:get_service(name):is_running())
    workload:restart(name)
    workload:send_signal("SIGCONT", name)
    workload:stop(name)
    assert.equal("inactive", workload:get_services()[name].current)
    assert.same({}, workload:get_services "nobody")
    raises("pebble-unknown", "service nobody", workload.get_service, workload,
      "nobody")
    assert.has_error(function() workload:start() end,
      "start: at least one service expected")
  end)

  it("starts what is enabled: autostart and replan", function()
    local name = add("sleep 1000", { startup = "enabled" })
    workload:autostart()
    assert.is_true(workload:get_service(name):is_running())
    workload:stop(name)
    workload:replan()
    assert.is_true(workload:get_service(name):is_running())
    workload:add_layer(name, { services = { [name] = {
      override = "merge", startup = "disabled",
    } } }, { combine = true })
    workload:stop(name)
  end)

  it("refuses a label twice unless told to combine", function()
    local name = add "sleep 1"
    raises("pebble-api", "already exists", workload.add_layer, workload, name,
      {})
    workload:add_layer(name, "summary: again", { combine = true })
  end)

  it("pushes and pulls strings and files", function()
    workload:push(dir .. "/deep/er/f", "content", { make_dirs = true })
    assert.equal("content", workload:pull(dir .. "/deep/er/f"))
    workload:pull(dir .. "/deep/er/f", { to = dir .. "/copy" })
    assert.equal("content", fs.read(dir .. "/copy"))
    local parts = {}
    workload:pull(dir .. "/copy", { sink = function(data)
      parts[#parts + 1] = data
    end })
    assert.equal("content", table.concat(parts))
    local file <close> = assert(fs.open(dir .. "/sink", "w"))
    workload:pull(dir .. "/copy", { sink = file })
    assert.equal("content", fs.read(dir .. "/sink"))
  end)

  it("leaves nothing behind when a pull into a file fails", function()
    assert(fs.write(dir .. "/kept", "old"))
    local before = #assert(fs.list(dir))
    local err = raises("pebble-path", "cannot read /none", workload.pull,
      workload, "/none", { to = dir .. "/kept" })
    assert.equal("not-found", err.data.kind)
    assert.equal("old", fs.read(dir .. "/kept"))
    assert.equal(before, #assert(fs.list(dir)))
    err = raises("pebble-path", "No such file", workload.pull, workload,
      dir .. "/kept", { to = dir .. "/none/x" })
    assert.equal("local-file-error", err.data.kind)
  end)

  it("looks at, makes and removes paths", function()
    workload:make_dir(dir .. "/m/n", { make_parents = true })
    assert.is_true(workload:exists(dir .. "/m"))
    assert.is_true(workload:isdir(dir .. "/m/n"))
    workload:push(dir .. "/m/f", "")
    assert.is_false(workload:isdir(dir .. "/m/f"))
    assert.equal(2, #workload:list_files(dir .. "/m"))
    assert.equal(1, #workload:list_files(dir .. "/m", { pattern = "f*" }))
    raises("pebble-path", "not empty", workload.remove_path, workload,
      dir .. "/m")
    workload:remove_path(dir .. "/m", { recursive = true })
    assert.is_false(workload:exists(dir .. "/m"))
    assert.is_false(workload:isdir(dir .. "/m"))
  end)

  it("runs commands", function()
    local out, err = workload:exec({ "sh", "-c", "cat; echo e >&2" },
      { stdin = "in" }):wait_output()
    assert.same({ "in", "e\n" }, { out, err })
    workload:exec({ "true" }):wait()
    local failed = raises("pebble-exec", "exit code 5", function()
      workload:exec({ "sh", "-c", "exit 5" }):wait()
    end)
    assert.equal(5, failed.data.exit_code)
    raises("pebble-timeout", "within 0.3 s", function()
      workload:exec({ "sleep", "60" }, { timeout = 0.3 }):wait_output()
    end)
    local process <close> = workload:exec { "sleep", "60" }
    process:send_signal "SIGTERM"
    raises("pebble-exec", "exit code 143", process.wait, process)
  end)

  it("reads, stops and starts checks", function()
    local name = server:name "chk"
    workload:add_layer(name, { checks = { [name] = {
      override = "replace", period = "60s", exec = { command = "true" },
    } } })
    local check = workload:get_check(name)
    assert.same({ "up", 3, 0 },
      { check.status, check.threshold, check.failures })
    assert.same({ name }, workload:stop_checks(name))
    assert.equal("inactive", workload:get_checks()[name].status)
    assert.same({ name }, workload:start_checks(name))
    raises("pebble-unknown", "check nobody", workload.get_check, workload,
      "nobody")
  end)

  it("lists, waits for and aborts changes", function()
    local name = add "sleep 1000"
    workload:start(name)
    local found = workload:get_changes { select = "all", service = name }
    local change = found[#found]
    assert.equal("start", change.kind)
    assert.is_true(workload:wait_change(change.id).ready)
    assert.equal(change.id, workload:get_change(change.id).id)
    raises("pebble-api", "abort change " .. change.id, workload.abort_change,
      workload, change.id)
    workload:stop(name)
  end)

  it("lists the warnings", function()
    assert.same({}, workload:get_warnings())
  end)

  it("records and reads notices", function()
    local key = "example.com/" .. server:name "n"
    local id = workload:notify(key, { data = { a = "b" } })
    local notice = workload:get_notice(id)
    assert.same({ key, "custom", { a = "b" } },
      { notice.key, notice.type, notice["last-data"] })
    assert.equal(1, #workload:get_notices { keys = { key } })
    raises("pebble-api", "example.com/path", workload.notify, workload, "bad key")
  end)
end)
