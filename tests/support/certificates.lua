-- SPDX-License-Identifier: Apache-2.0
-- Throw-away certificates for specs: an authority, and what it signs.
local fs = require "host.fs"
local proc = require "host.proc"
local sys = require "host.sys"

local M = {}

local function openssl(dir, ...)
  local result = assert(proc.run {
    argv = { "openssl", ... },
    cwd = dir,
    timeout = 30,
  })
  assert(result.code == 0, result.stderr)
end

local KEY <const> = { "-newkey", "ec", "-pkeyopt",
  "ec_paramgen_curve:prime256v1", "-nodes" }

local function request(dir, ...)
  openssl(dir, "req", table.unpack(table.move({ ... }, 1, select("#", ...),
    #KEY + 1, table.move(KEY, 1, #KEY, 1, {}))))
end

---Makes the authority DIR/NAME.pem, DIR/NAME.key.
---@param dir string
---@param name string
function M.authority(dir, name)
  request(dir, "-x509", "-days", "2", "-subj", "/CN=" .. name, "-keyout",
    name .. ".key", "-out", name .. ".pem")
end

---Makes DIR/server.pem and DIR/server.key for a host, signed by an authority;
---the key belongs to the user postgres if we are root.
---@param dir string
---@param authority string
---@param host string
function M.server(dir, authority, host)
  request(dir, "-subj", "/CN=server", "-addext",
    "subjectAltName=DNS:" .. host, "-keyout", "server.key", "-out",
    "server.csr")
  openssl(dir, "x509", "-req", "-days", "2", "-in", "server.csr", "-CA",
    authority .. ".pem", "-CAkey", authority .. ".key", "-CAcreateserial",
    "-copy_extensions", "copy", "-out", "server.pem")
  assert(fs.chmod(dir .. "/server.key", tonumber("600", 8)))
  if sys.getuid() == 0 then
    local user = assert(sys.getpwnam("postgres"))
    assert(fs.chown(dir .. "/server.key", user.uid, user.gid))
  end
end

return M
