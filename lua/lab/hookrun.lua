-- SPDX-License-Identifier: Apache-2.0
-- Runs a hook or an action: the charm's dispatch in the unit's view, hook
-- tools served on the agent's socket meanwhile, its output to the log (or to
-- the action's results). What it buffered is returned, not committed.
local context = require "lab.context"
local environment = require "lab.env"
local fs = require "host.fs"
local hooktools = require "lab.hooktools"
local net = require "host.lab.net"
local outputs = require "lab.output"
local paths = require "lab.paths"
local proc = require "host.proc"
local sandbox = require "lab.sandbox"
local server = require "lab.hooktools.server"
local sys = require "host.sys"

local M = {}

local DRAIN <const> = 0.1
local LINES_MAX <const> = 10000 -- of a stream, in the log
local SIGNALS <const> = { [143] = "TERM", [137] = "KILL" }

---@class lab.HookResult
---@field code integer
---@field signal string? it was killed: "TERM" or "KILL"
---@field missing boolean? the charm has no such hook
---@field stdout string an action's
---@field stderr string
---@field context lab.Context

local function hex(bytes)
  return (bytes:gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

-- dispatch, or the hook's own file; nil when there is neither. Commands are
-- the shell's, and dispatch is not called.
local function program_of(unit_paths, hook)
  if hook.commands then
    return { "/bin/bash", "-c", hook.commands }, "juju-exec"
  end
  local own <const> = (hook.action and "actions/" or "hooks/") .. hook.name
  for _, name in ipairs { "dispatch", own } do
    local path <const> = unit_paths.charm .. "/" .. name
    local stat <const> = fs.stat(path)
    if stat and stat.type == "file" and fs.access(path, "x") then
      return { ("%s/charm/%s"):format(unit_paths.inside, name) }, name
    end
  end
end

local function serve_tools(options, run, context_id)
  local address <const>, abstract <const> =
    environment.socket(options.model, options.paths)
  local path <const> = abstract and address
    or options.paths.agent .. "/agent.socket"
  if not abstract then
    fs.remove(path)
  end
  local listener <const> =
    assert(net.listen { path = path, mode = tonumber("700", 8) })
  return server.serve(options.loop, listener, {
    context_id = context_id,
    handler = function(request)
      -- Names only: arguments and standard input may hold secrets.
      options.log("DEBUG", "jujuc", ('running hook tool "%s" for %s')
        :format(request.command, context_id))
      return hooktools.run(run, request)
    end,
  })
end

-- Reads both streams to their ends; a stream that someone still holds after
-- the hook's end is left.
local function start_readers(options, process, kept)
  local loop <const>, readers <const> = options.loop, {}
  local module <const> = ("unit.%s.%s"):format(options.unit.name,
    options.hook.name)
  for stream, level in pairs { stdout = "DEBUG", stderr = "WARNING" } do
    local lines <const> = kept[stream]
    local emit = function(line) lines[#lines + 1] = line .. "\n" end
    if not options.hook.action then
      emit = function(line) options.log(level, module, line) end
    end
    readers[#readers + 1] = loop:spawn(outputs.read, loop,
      process[stream](process), {
        emit = emit,
        lines = not options.hook.action and LINES_MAX or nil,
        left_out = function(bytes)
          options.log("WARNING", module,
            ("%d more bytes of its %s were left out"):format(bytes, stream))
        end,
      })
  end
  return readers
end

local function run_process(options, argv, env)
  local process <close>, message = proc.spawn {
    argv = argv, env = env, stdin = "null", stdout = "pipe", stderr = "pipe",
    session = true,
  }
  if not process then
    return nil, message
  end
  options.started(process)
  local kept <const> = { stdout = {}, stderr = {} }
  local readers <const> = start_readers(options, process, kept)
  local how
  repeat
    how = options.loop:wait_process(process)
  until how
  for _, reader in ipairs(readers) do
    if not reader:join(DRAIN) then
      reader:cancel()
    end
  end
  return {
    code = how.code or 128,
    signal = how.signal or SIGNALS[how.code],
    stdout = table.concat(kept.stdout),
    stderr = table.concat(kept.stderr),
  }
end

local function new_context(options)
  return context.new {
    model = options.model,
    unit = options.unit,
    hook = options.hook,
    now = sys.time,
    save = options.save,
    log = function(level, message)
      options.log(level, ("unit.%s.juju-log"):format(options.unit.name),
        message)
    end,
    host_path = function(path, dir)
      return paths.on_host(options.paths, path, dir)
    end,
    resource_path = options.resource_path,
  }
end

---@param options table loop, machine, model, unit, paths, hook, program, log,
---  save, started (gets the process), resource_path
---@return lab.HookResult?
---@return string? message the hook could not be started
function M.run(options)
  local unit <const>, hook <const> = options.unit, options.hook
  local run <const> = new_context(options)
  local command, shown = program_of(options.paths, hook)
  if not command then
    return {
      code = 0, missing = true, stdout = "", stderr = "", context = run,
    }
  end
  local context_id <const> =
    ("%s-%s-%s"):format(unit.name, hook.name, hex(sys.random(16)))
  local tools <const> = serve_tools(options, run, context_id)
  local _ <close> = setmetatable({}, { __close = function() tools:close() end })
  for id in pairs(unit.storage) do -- one of them may be new
    assert(fs.mkdirs(paths.storage(options.paths, id)))
  end
  local argv <const> = sandbox.hook(options.machine, unit, options.paths,
    options.program, command)
  local result, message = run_process(options, argv,
    environment.of(options.model, unit, hook,
      { paths = options.paths, context_id = context_id }))
  if not result then
    return nil, message
  end
  result.context, result.via = run, shown
  return result
end

return M
