-- SPDX-License-Identifier: Apache-2.0
-- Can this machine run a model? Looks for bubblewrap and unzip and tries a
-- namespace as containers use it; otherwise says what is missing.
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

local PROGRAMS <const> = { bwrap = "bubblewrap", unzip = "unzip" }

---@param name string
---@return string? path
function M.find_program(name)
  local path <const> = sys.getenv("PATH") or "/usr/bin:/bin"
  for folder in (path .. ":/usr/bin:/bin"):gmatch("[^:]+") do
    local file <const> = folder .. "/" .. name
    if fs.access(file, "x") then
      return file
    end
  end
end

local function try(bwrap, proc_options)
  local argv <const> = {
    bwrap, "--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid",
    "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--ro-bind", "/",
    "/", "--dev", "/dev", table.unpack(proc_options),
  }
  argv[#argv + 1] = "/bin/true"
  local result, message =
    proc.run { argv = argv, timeout = 10, max_output = 4096 }
  if not result then
    return nil, message
  end
  return result.code == 0, result.stderr
end

local function advice(message)
  local max <const> = fs.read("/proc/sys/user/max_user_namespaces")
  if max and tonumber(max) == 0 then
    return "user namespaces are switched off; switch them on with: sudo "
      .. "sysctl user.max_user_namespaces=10000"
  end
  local apparmor <const> =
    fs.read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
  if apparmor and tonumber(apparmor) == 1 then
    return "AppArmor keeps ordinary users from making user namespaces; allow "
      .. "them with: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
  end
  local clone <const> = fs.read("/proc/sys/kernel/unprivileged_userns_clone")
  if clone and tonumber(clone) == 0 then
    return "ordinary users may not make user namespaces; allow them with: "
      .. "sudo sysctl kernel.unprivileged_userns_clone=1"
  end
  return "bwrap says: " .. (message or ""):gsub("%s+$", "")
end

---@class lab.Machine
---@field bwrap string
---@field unzip string
---@field proc string[] how bwrap gives a container its /proc

---@return lab.Machine?
---@return string? message
function M.check()
  local machine <const> = {}
  for name, package in pairs(PROGRAMS) do
    machine[name] = M.find_program(name)
    if not machine[name] then
      return nil, ("cannot start a local model: %s is not installed; install "
        .. "it with: sudo apt-get install %s"):format(name, package)
    end
  end
  local ok, message
  for _, options in ipairs {
    { "--proc", "/proc" }, { "--ro-bind", "/proc", "/proc" },
  } do
    ok, message = try(machine.bwrap, options)
    if ok then
      machine.proc = options
      return machine
    end
  end
  return nil, "cannot start a local model: this machine allows no user "
    .. "namespaces here; " .. advice(message)
end

return M
