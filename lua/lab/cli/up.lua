-- SPDX-License-Identifier: Apache-2.0
-- `charmlab up` and `charmlab down`: play the deployment guide (lab/flow.lua)
-- by this very program, wait until all is active, run a real workflow.
local flow = require "lab.flow"
local json = require "std.json"
local proc = require "host.proc"
local progress = require "lab.cli.progress"
local sys = require "host.sys"

local M = {}

M.usage = [[
usage: charmlab up FOLDER ARCH [COMMAND ARG...]
       charmlab down
up plays the deployment guide with the packed charms in FOLDER and waits until
all applications are active. COMMAND, if given, is then run with the Temporal
frontend's HOST:PORT after its arguments. down cleans up and ends the model.]]

local STEP_TIMEOUT <const> = 120
local ACTIVE_TIMEOUT <const> = 300

local function charmlab(words, cwd)
  local argv = { sys.executable(), table.unpack(words) }
  local result, err = proc.run {
    argv = argv, cwd = cwd, timeout = STEP_TIMEOUT, max_output = 16 << 20,
  }
  if not result then
    return nil, err
  end
  if result.code ~= 0 then
    local said = (result.stderr .. result.stdout):gsub("%s+$", "")
    return nil, said ~= "" and said or "exit code " .. tostring(result.code)
  end
  return result.stdout
end

local function quote(word)
  return word:find("[<>;|&*()$ ]") and '"' .. word .. '"' or word
end

local function command_line(words)
  local quoted = { "charmlab" }
  for _, word in ipairs(words) do
    quoted[#quoted + 1] = quote(word):gsub('^"(.-)=(.*)"$', '%1="%2"')
  end
  return table.concat(quoted, " ")
end

-- One step of the guide, with its progress line.
local function play(step, cwd, line)
  line:start(command_line(step.words))
  local output, err = charmlab(step.words, cwd)
  if not output then
    line:fail(err)
    return nil
  end
  line:done()
  if step.show then
    io.stdout:write("\n", output, "\n")
  end
  return true
end

-- "postgresql-k8s active, temporal-k8s waiting (…)", and whether all are well.
local function read_progress()
  local text, err = charmlab { "status", "--format", "json" }
  if not text then
    return nil, err
  end
  local status = assert(json.decode(text))
  local words, all_active = {}, true
  for _, name in ipairs(flow.APPLICATIONS) do
    local app = (status.applications or {})[name] or {}
    local state = app["application-status"] or {}
    local message = state.message and state.message ~= ""
      and (" (%s)"):format(state.message) or ""
    words[#words + 1] = ("%s %s%s"):format(name, state.current or "missing",
      message)
    all_active = all_active and state.current == "active"
  end
  return table.concat(words, ", "), all_active, status
end

local function wait_until_active(line)
  line:start("waiting until all applications are active")
  local deadline = sys.monotonic() + ACTIVE_TIMEOUT
  while true do
    local text, all_active, status = read_progress()
    if not text then
      line:fail(all_active)
      return nil
    elseif all_active then
      line:done()
      return status
    elseif sys.monotonic() > deadline then
      line:fail(("not active after %d s: %s"):format(ACTIVE_TIMEOUT, text))
      return nil
    end
    line:note(text)
    sys.sleep(0.3)
  end
end

local function run_command(words, status, line)
  local units = status.applications["temporal-k8s"].units
  local address = ("%s:%d"):format(units[flow.SERVER].address,
    flow.FRONTEND_PORT)
  line:start("running a workflow on " .. address)
  local argv = table.move(words, 1, #words, 1, {})
  argv[#argv + 1] = address
  local result, err = proc.run {
    argv = argv, timeout = STEP_TIMEOUT, max_output = 1 << 20,
  }
  if not result or result.code ~= 0 then
    line:fail(err or result.stderr .. result.stdout)
    return nil
  end
  line:done()
  line:say(result.stdout)
  return true
end

local function is_up()
  return charmlab { "status", "--format", "json" } ~= nil
end

---@param argv string[] FOLDER ARCH [COMMAND ARG...]
---@return integer exit code
function M.up(argv)
  local folder, arch = argv[1], argv[2]
  if not arch then
    io.stderr:write(M.usage, "\n")
    return 2
  end
  local steps = is_up() and {} or flow.deployment(arch)
  local command = table.move(argv, 3, #argv, 1, {})
  local line = progress.new(#steps + (#command > 0 and 2 or 1))
  if #steps == 0 then
    line:say("the model is up already\n")
  end
  for _, step in ipairs(steps) do
    if not play(step, folder, line) then
      return 1
    end
  end
  local status = wait_until_active(line)
  if not status or #command > 0 and not run_command(command, status, line) then
    return 1
  end
  local text = charmlab { "status", "--relations" }
  io.stdout:write("\n", text or "", "\n",
    "The model lives on: try `build/charmlab status`, `build/charmlab run ",
    flow.SERVER, " restart`;\n`make down` ends it.\n")
  return 0
end

---@return integer exit code
function M.down()
  if not is_up() then
    local controllers = charmlab { "controllers" }
    if not controllers then
      print("no model is up")
      return 0
    end
  end
  local steps = flow.removal()
  local line = progress.new(#steps)
  local failed = false
  for _, step in ipairs(steps) do
    failed = not play(step, ".", line) or failed
  end
  return failed and 1 or 0
end

return M
