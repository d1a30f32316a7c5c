-- SPDX-License-Identifier: Apache-2.0
-- The images a model knows: by name, what their root file systems hold. The
-- programs are those that `make` built or apt installed; to add an image, add
-- a row here.
local fs = require "host.fs"
local names = require "lab.names"
local paths = require "lab.paths"
local sys = require "host.sys"

local M = {}

---@class lab.Image
---@field files table<string, string> path in the image = path here
---@field dirs string[] made in the root file system
---@field user { name: string, uid: integer, gid: integer, home: string }
---@field cwd string
---@field path string

local PATH <const> =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
local ROOT <const> = { name = "root", uid = 0, gid = 0, home = "/root" }
local POSTGRES <const> = {
  name = "postgres", uid = 999, gid = 999, home = "/var/lib/postgresql",
}

-- The folder with bin/ and schema/ that `make temporal` fills.
local function temporal()
  return sys.getenv("CHARMLAB_TEMPORAL")
    or paths.program_folder() .. "/temporal"
end

local function server()
  return {
    files = {
      ["/usr/local/bin/temporal-server"] = temporal() .. "/bin/temporal-server",
    },
    dirs = { "/etc/temporal/config" },
    cwd = "/etc/temporal",
  }
end

local function admin_tools()
  return {
    files = {
      ["/usr/local/bin/temporal-sql-tool"] =
        temporal() .. "/bin/temporal-sql-tool",
      ["/etc/temporal/schema/postgresql/v96"] = temporal() .. "/schema",
    },
    dirs = { "/etc/temporal" },
    cwd = "/etc/temporal",
  }
end

-- The newest PostgreSQL that Debian installed here.
local function postgresql()
  local newest
  for _, version in ipairs(fs.list("/usr/lib/postgresql") or {}) do
    local number <const> = tonumber(version)
    if number and (not newest or number > newest) then
      newest = math.tointeger(number) or newest
    end
  end
  if not newest then
    return nil, "PostgreSQL is not installed; install it with: sudo apt-get "
      .. "install postgresql"
  end
  return {
    files = {},
    dirs = { "/var/lib/postgresql", "/run/postgresql", "/var/log/postgresql" },
    user = POSTGRES,
    cwd = "/",
    path = ("/usr/lib/postgresql/%d/bin:%s"):format(newest, PATH),
  }
end

M.table = {
  ["temporalio/server:1.17.4"] = server,
  ["temporalio/admin-tools:1.17.4"] = admin_tools,
  ["postgresql"] = postgresql,
  -- Nothing but the machine's programs: for charms under test.
  ["scratch"] = function() return { files = {}, dirs = {}, cwd = "/" } end,
}

---@param name string
---@return lab.Image?
---@return string? message
function M.find(name)
  local make <const> = M.table[name]
  if not make then
    return nil, ('image "%s" is unknown here; the lab knows %s; another is '
      .. "one more row in lua/lab/images.lua")
      :format(name, table.concat(names.sorted(M.table), ", "))
  end
  local image, message = make()
  if not image then
    return nil, ('image "%s": %s'):format(name, message)
  end
  for _, source in pairs(image.files) do
    if not fs.stat(source) then
      return nil, ('image "%s" needs %s; build it with: make temporal')
        :format(name, source)
    end
  end
  image.user, image.path = image.user or ROOT, image.path or PATH
  return image
end

return M
