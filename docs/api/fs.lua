---@meta host.fs
-- SPDX-License-Identifier: Apache-2.0
-- Files and directories. Failures of the world are nil, message and an errno
-- name ("ENOENT"); wrong arguments raise, as does a path with a zero byte.
-- Modes are integers: tonumber("640", 8).

local fs = {}

---@class host.fs.Stat
---@field type "file"|"directory"|"symlink"|"socket"|"named-pipe"|"device"
---@field size integer
---@field mode integer permission bits
---@field uid integer
---@field gid integer
---@field mtime number seconds since 1970, with fraction
---@field ino integer
---@field nlink integer

---@class host.fs.WriteOptions
---@field mode? integer exactly, whatever the umask; default 0600 (octal)
---@field uid? integer owner, default as it comes
---@field gid? integer
---@field sync? boolean on disk when it returns, the directory's entry too
---@field atomic? boolean default true: readers see the old or the new content,
---a failure leaves the old, and a symbolic link is replaced, not followed

---@param path string
---@param max? integer bytes, default 256 MiB
---@return string? data
---@return string? message
---@return string? code "too-large", or an errno name
function fs.read(path, max) end

---@param path string
---@param data string
---@param options? host.fs.WriteOptions
---@return true? done
---@return string? message
---@return string? code
function fs.write(path, data, options) end

---@param path string made when missing
---@param data string
---@param mode? integer of a new file, default 0600 (octal), less the umask
---@return true? done
---@return string? message
---@return string? code
function fs.append(path, data, mode) end

---Copies a file's content; its mode too unless the options name one.
---@param from string
---@param to string
---@param options? host.fs.WriteOptions
---@return true? done
---@return string? message
---@return string? code
function fs.copy(from, to, options) end

---Follows symbolic links.
---@param path string
---@return host.fs.Stat? stat
---@return string? message
---@return string? code
function fs.stat(path) end

---Looks at a symbolic link itself.
---@param path string
---@return host.fs.Stat? stat
---@return string? message
---@return string? code
function fs.lstat(path) end

---@param path string
---@param rights? string letters of "rwx", default "": is it there
---@return true? granted
---@return string? message
---@return string? code
function fs.access(path, rights) end

---@param path string
---@return string[]? names sorted by bytes, without "." and ".."
---@return string? message
---@return string? code
function fs.list(path) end

---@param path string
---@return string? target
---@return string? message
---@return string? code
function fs.readlink(path) end

---@param path string
---@return string? path absolute, without links
---@return string? message
---@return string? code
function fs.realpath(path) end

---@param path string
---@param mode? integer default 0777 (octal), less the umask
---@return true? done
---@return string? message
---@return string? code
function fs.mkdir(path, mode) end

---With the directories above it; one that is there already is fine.
---@param path string
---@param mode? integer of each new one, default 0777 (octal), less the umask
---@return true? done
---@return string? message
---@return string? code
function fs.mkdirs(path, mode) end

---@param prefix string a path; six characters are appended
---@return string? path of a new directory of mode 0700
---@return string? message
---@return string? code
function fs.mkdtemp(prefix) end

---@param path string a file, or an empty directory
---@return true? done
---@return string? message
---@return string? code
function fs.remove(path) end

---With everything in it; never follows a symbolic link. Removing nothing is
---done.
---@param path string
---@return true? done
---@return string? message
---@return string? code
function fs.remove_all(path) end

---@param from string
---@param to string
---@return true? done
---@return string? message
---@return string? code
function fs.rename(from, to) end

---A hard link.
---@param from string
---@param to string
---@return true? done
---@return string? message
---@return string? code
function fs.link(from, to) end

---@param target string
---@param path string
---@return true? done
---@return string? message
---@return string? code
function fs.symlink(target, path) end

---@param path string
---@param mode integer
---@return true? done
---@return string? message
---@return string? code
function fs.chmod(path, mode) end

---Changes a symbolic link itself, never what it points to.
---@param path string
---@param uid integer -1: keep
---@param gid integer -1: keep
---@return true? done
---@return string? message
---@return string? code
function fs.chown(path, uid, gid) end

---@param path string a file or a directory; on disk when it returns
---@return true? done
---@return string? message
---@return string? code
function fs.sync(path) end

---All modes but "r" make the file. "w" empties it, "a" appends, "rw" keeps the
---content, "wx" refuses an existing one ("EEXIST").
---@param path string
---@param how? "r"|"w"|"a"|"rw"|"wx" default "r"
---@param mode? integer of a new file, default 0600 (octal), less the umask
---@return host.fs.file? file
---@return string? message
---@return string? code
function fs.open(path, how, mode) end

---The file owns the descriptor from now on.
---@param fd integer
---@return host.fs.file? file
---@return string? message
---@return string? code
function fs.fdopen(fd) end

---@return host.fs.file? reader
---@return host.fs.file|string writer or message
---@return string? code
function fs.pipe() end

---An open file, or an end of a pipe. Closed when collected or left by <close>;
---every method but `close` and `closed` raises on a closed one.
---@class host.fs.file
local file = {}

---One read: maybe shorter than `max`.
---@param max? integer bytes, default 65536
---@return string? data "" at the end
---@return string? message
---@return string? code "again": nonblocking, and nothing there now
function file:read(max) end

---@param data string
---@return integer? written all of it, unless the file is nonblocking
---@return string? message
---@return string? code "again": nonblocking, and nothing goes now
function file:write(data) end

---@param whence? "set"|"cur"|"end" default "cur"
---@param offset? integer default 0
---@return integer? position
---@return string? message
---@return string? code
function file:seek(whence, offset) end

---@return true? done
---@return string? message
---@return string? code
function file:sync() end

---@param size? integer default 0
---@return true? done
---@return string? message
---@return string? code
function file:truncate(size) end

---The lock goes with the open file and ends with it.
---@param exclusive? boolean default shared
---@param nonblock? boolean default waits
---@return true? done
---@return string? message
---@return string? code "EAGAIN": somebody else holds it
function file:lock(exclusive, nonblock) end

---@return true? done
---@return string? message
---@return string? code
function file:unlock() end

---@param on? boolean default true
---@return true? done
---@return string? message
---@return string? code
function file:nonblock(on) end

---@return integer fd still owned by the file
function file:fd() end

---Closes the handle but not the descriptor.
---@return integer fd the caller's to close
function file:detach() end

---@return boolean
function file:closed() end

---@return true? done also the second time
---@return string? message
---@return string? code
function file:close() end

return fs
