---@meta host.lab.pty
-- SPDX-License-Identifier: Apache-2.0
-- Pseudo terminals, for commands that want one. What is written to the slave
-- is read from the master; reading the master fails with "EIO" once it is
-- empty and nobody has the slave open any more.

local pty = {}

---@class host.lab.pty.Options
---@field uid? integer whose the slave is; default: this program's
---@field gid? integer
---@field columns? integer default 80
---@field rows? integer default 25

---@param options? host.lab.pty.Options
---@return host.fs.file? master
---@return host.fs.file|string slave or message; for spawn's streams
---@return string? code
function pty.open(options) end

---Who is in the terminal's foreground gets a WINCH.
---@param fd integer|host.fs.file either end
---@param columns integer 0 to 65535
---@param rows integer 0 to 65535
---@return true? done
---@return string? message
---@return string? code "ENOTTY": no terminal
function pty.resize(fd, columns, rows) end

return pty
