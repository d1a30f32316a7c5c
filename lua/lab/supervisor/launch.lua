-- SPDX-License-Identifier: Apache-2.0
-- Starts a process as a service, an exec or an exec check wants it: account,
-- environment, folder. Returns what host.proc does, or nil and why.
local accounts = require "lab.supervisor.accounts"
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

M.PATH =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

---@param ... table<string, string>?
---@return table<string, string> environment the daemon's, then each of these
function M.environment(...)
  local environment <const> = sys.environ()
  for i = 1, select("#", ...) do
    for name, value in pairs((select(i, ...)) or {}) do
      environment[name] = value
    end
  end
  return environment
end

---Finds a command as the shell would.
---@param name string
---@param path string? colon-separated
---@return boolean
function M.exists(name, path)
  if name:find("/", 1, true) then
    return fs.access(name, "x") and true or false
  end
  for folder in (path or sys.getenv("PATH") or M.PATH):gmatch("[^:]+") do
    if fs.access(folder .. "/" .. name, "x") then
      return true
    end
  end
  return false
end

---@class lab.supervisor.Launch
---@field argv string[]
---@field account lab.supervisor.Account
---@field environment table<string, string> complete
---@field cwd string?
---@field stdin any as host.proc.spawn
---@field stdout any
---@field stderr any
---@field group boolean? own process group
---@field session boolean? own session
---@field terminal boolean? own session, which its stdin controls

---@param spec lab.supervisor.Launch
---@return table? process
---@return string? message
---@return string? code
function M.start(spec)
  local argv, message = accounts.prefix(spec.account)
  if not argv then
    return nil, message, "EPERM"
  end
  table.move(spec.argv, 1, #spec.argv, #argv + 1, argv)
  return proc.spawn {
    argv = argv,
    env = spec.environment,
    cwd = spec.cwd,
    stdin = spec.stdin,
    stdout = spec.stdout,
    stderr = spec.stderr,
    group = spec.group,
    session = spec.session,
    terminal = spec.terminal,
  }
end

---Ends what still runs of a process, and closes its pipes with it: nobody knows
---when the collector would. No task may wait for one of them any more.
---@param process table
function M.close(process)
  for _, name in ipairs { "stdin", "stdout", "stderr" } do
    local pipe <const> = process[name](process)
    if pipe then
      pipe:close()
    end
  end
  process:close()
end

return M
