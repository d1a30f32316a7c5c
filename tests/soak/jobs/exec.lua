-- SPDX-License-Identifier: Apache-2.0
-- Commands of the soak test: short ones, with input and output, one that fails,
-- one that is late and leaves a grandchild, aborted and abandoned ones.
local changes = require "pebble.changes"
local exec = require "pebble.exec"

local M = {}

local INPUT <const> = ("0123456789abcdef"):rep(8192)
local waiting <const> = {}

local function start(worker, argv, options)
  options = options or {}
  options.working_dir = worker.dir
  return assert(exec.start(worker.client, argv, options))
end

local function run(worker, argv, options)
  local process = start(worker, argv, options)
  local stdout, stderr = process:wait_output()
  worker:settle(process.change)
  return stdout, stderr
end

local function run_late(worker)
  local process = start(worker, { "sh", "-c", "sleep 600 & sleep 600" },
    { timeout = 0.3 })
  local _, err = process:wait()
  assert(err and err.kind == "pebble-timeout", tostring(err))
  -- timed out, or aborted by the client: either comes first
  worker:settle(process.change, "exec command")
end

local function run_aborted(worker)
  local process = start(worker, { "sh", "-c", "sleep 600 & sleep 600" })
  assert(changes.abort(worker.client, process.change))
  worker:settle(process.change, "aborted")
  process:close()
end

-- Its client goes without a word.
local function run_abandoned(worker)
  local process = start(worker, { "sleep", "600" })
  process:close()
  local change = worker:settle(process.change)
  assert(change.tasks[1].data["exit-code"] == 137)
end

-- Nobody comes for its streams: settled a few rounds later.
local function run_unheard(worker)
  local _, err, id = worker.client:post {
    tried = "run true",
    path = "/v1/exec",
    body = { command = { "true" } },
  }
  assert(id, err)
  waiting[#waiting + 1] = id
  if #waiting > 3 then
    worker:settle(table.remove(waiting, 1), "timeout waiting for websocket")
  end
end

local function run_on_terminal(worker)
  local out = run(worker, { "cat" }, { stdin = "x\n", terminal = true,
    interactive = true, width = 80, height = 24 })
  assert(out == "x\r\nx\r\n", out) -- once as an echo
end

function M.round(worker)
  run(worker, { "true" })
  run_on_terminal(worker)
  assert(run(worker, { "cat" }, { stdin = INPUT }) == INPUT)
  assert(#run(worker, { "head", "-c", "1000000", "/dev/zero" }) == 1000000)
  local _, err = run(worker, { "sh", "-c", "echo out; echo err >&2; exit 3" })
  assert(err.data.exit_code == 3 and err.data.stderr == "err\n", err)
  run_late(worker)
  run_aborted(worker)
  run_abandoned(worker)
  run_unheard(worker)
end

function M.finish(worker)
  for _, id in ipairs(waiting) do
    worker:settle(id, "timeout waiting for websocket")
  end
end

return M
