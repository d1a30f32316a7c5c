-- SPDX-License-Identifier: Apache-2.0
-- A real PostgreSQL server for specs: a new cluster in a temporary folder, on
-- 127.0.0.1 and a Unix socket. Run as root it becomes the user postgres. It
-- ends with `stop`, and with the process that started it.
local fs = require "host.fs"
local pg = require "pg"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

local ROOT <const> = "/usr/lib/postgresql"
local START_SECONDS <const> = 30

---@class tests.Postgres
---@field host string "127.0.0.1"
---@field port integer
---@field user string the superuser
---@field password string
---@field socket_dir string
---@field dir string
local Server = {}
Server.__index = Server

local function bin(name)
  local versions = assert(fs.list(ROOT))
  table.sort(versions, function(a, b) return tonumber(a) > tonumber(b) end)
  return ("%s/%s/bin/%s"):format(ROOT, versions[1], name)
end

-- PostgreSQL refuses root. setpriv replaces itself, so the pid is the server's.
local function as_server(argv)
  local out = { "setpriv", "--pdeathsig", "INT" }
  if sys.getuid() == 0 then
    local user = assert(sys.getpwnam("postgres"))
    table.move({ "--reuid", tostring(user.uid), "--regid", tostring(user.gid),
      "--clear-groups" }, 1, 5, #out + 1, out)
  end
  return table.move(argv, 1, #argv, #out + 1, out)
end

local function give(path)
  if sys.getuid() == 0 then
    local user = assert(sys.getpwnam("postgres"))
    assert(fs.chown(path, user.uid, user.gid))
  end
end

local function hex(count)
  return (sys.random(count):gsub(".", function(char)
    return ("%02x"):format(char:byte())
  end))
end

local function init_cluster(self)
  local password_file = self.dir .. "/password"
  assert(fs.write(password_file, self.password .. "\n"))
  give(password_file)
  local result = assert(proc.run {
    argv = as_server { bin "initdb", "-D", self.dir .. "/data", "-U",
      self.user, "--auth=scram-sha-256", "--pwfile", password_file, "-E",
      "UTF8", "--locale=C.UTF-8", "--no-sync" },
    cwd = self.dir,
    timeout = 120,
  })
  assert(result.code == 0, result.stderr)
  assert(fs.remove(password_file))
end

local function spawn(self)
  local log <close> = assert(fs.open(self.dir .. "/log", "a"))
  local argv = { bin "postgres", "-D", self.dir .. "/data", "-p",
    tostring(self.port), "-k", self.socket_dir, "-c",
    "listen_addresses=" .. self.host, "-c", "fsync=off" }
  for name, value in pairs(self.settings) do
    argv[#argv + 1] = "-c"
    argv[#argv + 1] = name .. "=" .. tostring(value)
  end
  self.process = assert(proc.spawn {
    argv = as_server(argv),
    cwd = self.dir,
    stdout = log,
    stderr = "stdout",
  })
end

-- Does the server answer before it ends, or the time is over?
local function is_up(self)
  local deadline = sys.monotonic() + START_SECONDS
  while sys.monotonic() < deadline and not self.process:wait(0) do
    local connection = pg.connect(self:options { timeout = 1 })
    if connection then
      connection:close()
      return true
    end
    sys.sleep(0.05)
  end
  return false
end

---Starts the server; on another port when the first was taken meanwhile.
function Server:up()
  for _ = 1, 5 do
    spawn(self)
    if is_up(self) then
      return
    end
    self.process:close()
    self.port = self.port + 1
  end
  error(("cannot start PostgreSQL:\n%s"):format(fs.read(self.dir .. "/log")))
end

---Ends the server, its files kept: "INT" for a fast stop, "QUIT" for a crash.
---@param signal? string
function Server:down(signal)
  self.process:kill(signal or "INT")
  assert(self.process:wait(START_SECONDS))
  self.process:close()
end

function Server:restart()
  self:down()
  self:up()
end

---Ends the server and removes its files.
function Server:stop()
  self.process:kill("INT")
  self.process:wait(START_SECONDS)
  self.process:close()
  fs.remove_all(self.dir)
end

---What pg.connect takes, as the superuser unless `fields` say otherwise.
---@param fields? table<string, any>
---@return table<string, any>
function Server:options(fields)
  local out = {
    host = self.host,
    port = self.port,
    user = self.user,
    password = self.password,
    dbname = "postgres",
  }
  for name, value in pairs(fields or {}) do
    out[name] = value
  end
  return out
end

---@param fields? table<string, any>
---@return pg.Connection
function Server:connect(fields)
  return assert(pg.connect(self:options(fields)))
end

---@param settings? table<string, any> of the server's configuration
---@return tests.Postgres
function M.start(settings)
  local dir = assert(fs.mkdtemp((sys.getenv("TMPDIR") or "/tmp") .. "/pg-"))
  give(dir)
  local self = setmetatable({
    host = "127.0.0.1",
    port = 20000 + string.unpack("<I2", sys.random(2)) % 12000,
    user = "postgres",
    password = "pw-" .. hex(12),
    socket_dir = dir,
    dir = dir,
    settings = settings or {},
  }, Server)
  init_cluster(self)
  self:up()
  return self
end

return M
