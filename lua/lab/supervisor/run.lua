-- SPDX-License-Identifier: Apache-2.0
-- One run of a service's process: started in its own group, its output read
-- into the service's ring, its end awaited. Owns the process and its pipe.
local accounts = require "lab.supervisor.accounts"
local launch = require "lab.supervisor.launch"
local sys = require "host.sys"
local validate = require "lab.supervisor.plan.validate"

local M = {}
M.__index = M

---Numbers of the signals that end processes, for exit codes.
local SIGNAL_NUMBERS <const> = {
  HUP = 1, INT = 2, QUIT = 3, ILL = 4, TRAP = 5, ABRT = 6, BUS = 7, FPE = 8,
  KILL = 9, USR1 = 10, SEGV = 11, USR2 = 12, PIPE = 13, ALRM = 14, TERM = 15,
}

---@class lab.supervisor.Run
---@field process table
---@field code integer? set at the end; 128 + n for signal n
---@field started number

---@param result { code: integer?, signal: string? }
---@return integer code
function M.exit_code(result)
  return result.code or 128 + (SIGNAL_NUMBERS[result.signal] or 0)
end

local function environment_for(config, account)
  local own <const> = config.environment or {}
  local environment <const> = launch.environment(own)
  if account.uid then
    environment.HOME = own.HOME or account.home
    environment.USER = own.USER or account.name
  end
  return environment
end

local function read_output(self, output, ring)
  output:nonblock()
  local data, _, code
  repeat
    self.loop:readable(output:fd())
    data, _, code = output:read(16384)
    if data and data ~= "" then
      ring:append(data)
    end
  until not data and code ~= "again" or data == ""
  self.drained:set()
end

-- A grandchild may hold the pipe open: it is waited for, but not for ever.
local function watch_process(self, ring, patience, on_exit)
  local result <const> = assert(self.loop:wait_process(self.process))
  self.drained:wait(patience)
  self.reader:cancel()
  self.reader:join()
  ring:finish()
  launch.close(self.process)
  self.code = M.exit_code(result)
  on_exit(self)
end

---@class lab.supervisor.RunOptions
---@field config table the service's plan entry
---@field ring lab.supervisor.Ring
---@field patience number seconds to wait for a pipe that somebody holds
---@field on_exit fun(run: lab.supervisor.Run)

---@param loop lab.Loop
---@param options lab.supervisor.RunOptions
---@return lab.supervisor.Run?
---@return string? message
function M.start(loop, options)
  local config <const> = options.config
  local account, message = accounts.resolve(config)
  if not account then
    return nil, message
  end
  local process
  process, message = launch.start {
    argv = assert(validate.split_command(config.command)),
    account = account,
    environment = environment_for(config, account),
    cwd = config["working-dir"],
    stdin = "null",
    stdout = "pipe",
    stderr = "stdout",
    group = true,
  }
  if not process then
    return nil, message
  end
  local self <const> = setmetatable({
    loop = loop,
    process = process,
    started = sys.monotonic(),
    drained = loop:event(),
  }, M)
  self.reader = loop:spawn(read_output, self, process:stdout(), options.ring)
  loop:spawn(watch_process, self, options.ring, options.patience,
    options.on_exit)
  return self
end

---@param signal string "TERM"
---@param group boolean? the whole process group
---@return true? ok
---@return string? message
function M:kill(signal, group)
  if self.code then
    return nil, "process has ended"
  end
  return self.process:kill(signal, group)
end

---@return number seconds since the start
function M:age()
  return sys.monotonic() - self.started
end

return M
