-- SPDX-License-Identifier: Apache-2.0
-- bwrap's arguments: what a hook and a workload container see of the machine.
-- Everything dies with the controller; nothing is mounted outside the new
-- namespaces.
local fs = require "host.fs"
local names = require "lab.names"
local paths = require "lab.paths"

local M = {}

local TOP <const> = { "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32" }
local ETC <const> = {
  "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf",
  "/etc/ld.so.conf.d", "/etc/localtime", "/etc/nsswitch.conf", "/etc/ssl",
  "/etc/resolv.conf",
}
local GENERATED <const> = { "passwd", "group", "hosts", "hostname" }

local function add(argv, ...)
  table.move({ ... }, 1, select("#", ...), #argv + 1, argv)
end

local function namespaces(machine, unit, user)
  return {
    machine.bwrap, "--unshare-user", "--uid", tostring(user.uid), "--gid",
    tostring(user.gid), "--unshare-pid", "--unshare-ipc", "--unshare-uts",
    "--hostname", names.unit_folder(unit), "--die-with-parent",
    "--new-session",
  }
end

-- The machine's programs and libraries; /bin and the like as they are here.
local function add_system(argv, machine)
  add(argv, "--ro-bind", "/usr", "/usr")
  for _, path in ipairs(TOP) do
    local stat <const> = fs.lstat(path)
    if stat and stat.type == "symlink" then
      add(argv, "--symlink", (fs.readlink(path)), path)
    elseif stat then
      add(argv, "--ro-bind", path, path)
    end
  end
  add(argv, table.unpack(machine.proc))
  add(argv, "--dev", "/dev")
end

local function add_etc(argv, folder)
  for _, path in ipairs(ETC) do
    add(argv, "--ro-bind-try", path, path)
  end
  for _, name in ipairs(GENERATED) do
    add(argv, "--ro-bind", folder .. "/" .. name, "/etc/" .. name)
  end
end

---Writes the few files of /etc that name the unit and its users.
---@param folder string
---@param unit lab.Unit
---@param users { name: string, uid: integer, gid: integer, home: string }[]
function M.write_etc(folder, unit, users)
  assert(fs.mkdirs(folder))
  local host <const> = names.unit_folder(unit.name)
  local passwd <const>, group <const> = {}, {}
  for i, user in ipairs(users) do
    passwd[i] = ("%s:x:%d:%d::%s:/bin/sh\n"):format(user.name, user.uid,
      user.gid, user.home)
    group[i] = ("%s:x:%d:\n"):format(user.name, user.gid)
  end
  local files <const> = {
    passwd = table.concat(passwd),
    group = table.concat(group),
    hosts = ("127.0.0.1 localhost\n%s %s\n"):format(unit.address, host),
    hostname = host .. "\n",
  }
  for name, text in names.each(files) do
    assert(fs.write(folder .. "/" .. name, text,
      { mode = tonumber("644", 8) }))
  end
end

local ROOT <const> = { name = "root", uid = 0, gid = 0, home = "/root" }
M.ROOT = ROOT

---@param machine lab.Machine
---@param unit lab.Unit
---@param unit_paths lab.UnitPaths
---@param program string charmlab, which is every hook tool
---@param command string[] run in the charm's folder
---@return string[] argv
function M.hook(machine, unit, unit_paths, program, command)
  local argv <const> = namespaces(machine, unit.name, ROOT)
  add_system(argv, machine)
  add_etc(argv, unit_paths.etc)
  local inside <const>, tools <const> =
    unit_paths.inside, unit_paths.tools_inside
  add(argv, "--bind", unit_paths.temp, "/tmp", "--dir", "/root",
    "--bind", unit_paths.agent, inside,
    "--bind", unit_paths.charm, inside .. "/charm",
    "--ro-bind", unit_paths.tools, tools,
    "--ro-bind", program, tools .. "/jujuc",
    "--bind", unit_paths.containers, "/charm/containers")
  for id in names.each(unit.storage) do
    add(argv, "--bind", paths.storage(unit_paths, id),
      "/var/lib/juju/storage/" .. id)
  end
  add(argv, "--chdir", inside .. "/charm", "--")
  add(argv, table.unpack(command))
  return argv
end

---@class lab.ContainerView
---@field name string
---@field rootfs string
---@field local_folder string what is at /usr/local
---@field etc string
---@field image lab.Image
---@field mounts { source: string, target: string }[]
---@field program string charmlab, or a real pebble
---@field command string[]

---@param machine lab.Machine
---@param unit lab.Unit
---@param unit_paths lab.UnitPaths
---@param view lab.ContainerView
---@return string[] argv
function M.container(machine, unit, unit_paths, view)
  local argv <const> = namespaces(machine, unit.name, view.image.user)
  add(argv, "--info-fd", "3", "--bind", view.rootfs, "/")
  add_system(argv, machine)
  add(argv, "--bind", view.local_folder, "/usr/local")
  add_etc(argv, view.etc)
  for target, source in names.each(view.image.files) do
    add(argv, "--ro-bind", source, target)
  end
  for _, mount in ipairs(view.mounts) do
    add(argv, "--bind", mount.source, mount.target)
  end
  add(argv, "--bind", unit_paths.containers .. "/" .. view.name,
    "/charm/container", "--ro-bind", view.program, "/charm/bin/pebble")
  add(argv, "--chdir", view.image.cwd, "--")
  add(argv, table.unpack(view.command))
  return argv
end

return M
