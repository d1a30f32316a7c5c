---@meta host.sys
-- SPDX-License-Identifier: Apache-2.0
-- The process and the machine it is on. Failures of the world are nil, message
-- and an errno name ("ENOENT"); wrong arguments raise.

local sys = {}

---@class host.sys.User
---@field name string
---@field uid integer
---@field gid integer
---@field home string
---@field shell string

---@class host.sys.Group
---@field name string
---@field gid integer

---@class host.sys.Uname
---@field sysname string "Linux"
---@field release string of the kernel
---@field machine string "x86_64", "aarch64"

---@param name string
---@return string? value
function sys.getenv(name) end

---@return table<string, string>
function sys.environ() end

---@return string? path
---@return string? message
---@return string? code
function sys.getcwd() end

---@param path string
---@return true? done
---@return string? message
---@return string? code
function sys.chdir(path) end

---The path of the running program, from /proc/self/exe.
---@return string? path
---@return string? message
---@return string? code
function sys.executable() end

---@return string? name
---@return string? message
---@return string? code
function sys.hostname() end

---@return host.sys.Uname? uname
---@return string? message
---@return string? code
function sys.uname() end

---@return number seconds since 1970, with fraction
function sys.time() end

---@return number seconds of a clock that never jumps
function sys.monotonic() end

---Signals do not shorten it.
---@param seconds number
---@return true? done
---@return string? message
---@return string? code
function sys.sleep(seconds) end

---@param n integer 0 to 1 MiB
---@return string? bytes good enough for keys
---@return string? message
---@return string? code
function sys.random(n) end

---@param data string
---@return string digits 64, lower case
function sys.sha256(data) end

---@return integer
function sys.getpid() end

---@return integer
function sys.getppid() end

---@return integer
function sys.getuid() end

---@return integer
function sys.getgid() end

---@param mask integer 0 to 0777 (octal)
---@return integer old
function sys.umask(mask) end

---0 and -1 raise: nobody means every process there is.
---@param pid integer below -1: a process group
---@param signal string|0 "TERM"; 0 only asks whether it is there
---@return true? done
---@return string? message
---@return string? code "ESRCH": no such process
function sys.kill(pid, signal) end

---@param name string
---@return host.sys.User? user
---@return string? message
---@return string? code "ENOENT": no such user
function sys.getpwnam(name) end

---@param uid integer
---@return host.sys.User? user
---@return string? message
---@return string? code
function sys.getpwuid(uid) end

---@param name string
---@return host.sys.Group? group
---@return string? message
---@return string? code "ENOENT": no such group
function sys.getgrnam(name) end

---@param gid integer
---@return host.sys.Group? group
---@return string? message
---@return string? code
function sys.getgrgid(gid) end

---@param fd integer|host.fs.file
---@return boolean
function sys.isatty(fd) end

---@param fd integer|host.fs.file
---@return integer? columns
---@return integer|string rows or message
---@return string? code "ENOTTY": no terminal
function sys.winsize(fd) end

---@param fd integer|host.fs.file
---@param max? integer bytes, default 65536
---@return string? data "" at the end
---@return string? message
---@return string? code
function sys.read(fd, max) end

---Writes all of it.
---@param fd integer|host.fs.file
---@param data string
---@return true? done
---@return string? message
---@return string? code
function sys.write(fd, data) end

---For a number that no handle owns (a detached one).
---@param fd integer
---@return true? done
---@return string? message
---@return string? code
function sys.close(fd) end

---@param fd integer|host.fs.file
---@param on? boolean default true
---@return true? done
---@return string? message
---@return string? code
function sys.setcloexec(fd, on) end

---@param fd integer|host.fs.file
---@param on? boolean default true
---@return true? done
---@return string? message
---@return string? code
function sys.setnonblock(fd, on) end

return sys
