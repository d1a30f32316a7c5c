---@meta host.proc
-- SPDX-License-Identifier: Apache-2.0
-- Other programs, without a shell. A child starts with default signals, and
-- with no descriptor but those named here.

local proc = {}

---@class host.proc.End
---@field code? integer it exited with
---@field signal? string that ended it, "KILL"

---@class host.proc.Options
---@field argv string[] argv[1] is found on the absolute folders of PATH (that
---of `env` when given); with a slash in it, it is taken as it is, in `cwd`
---@field env? table<string, string> default: this program's
---@field cwd? string default: this program's
---@field fds? table<integer, integer|host.fs.file> by number in the child (3
---to 63)

---@class host.proc.RunOptions: host.proc.Options
---@field stdin? string fed to the program; default: nothing to read
---@field stderr? "stdout" joins it with standard output
---@field timeout? number seconds, default none
---@field max_output? integer bytes kept of each stream, default 16 MiB

---@class host.proc.Result: host.proc.End
---@field stdout string
---@field stderr string
---@field truncated boolean there was more than `max_output`

---@class host.proc.SpawnOptions: host.proc.Options
---@field stdin? "null"|"pipe"|"inherit"|integer|host.fs.file default "null"
---@field stdout? "null"|"pipe"|"inherit"|integer|host.fs.file default "inherit"
---@field stderr? "null"|"pipe"|"inherit"|"stdout"|integer|host.fs.file default
---"inherit"
---@field group? boolean it leads a process group
---@field session? boolean it leads a session, and so a group
---@field terminal? boolean its stdin, a terminal that controls no session yet,
---controls the one that it leads: Ctrl-C reaches it, and /dev/tty is this

---Runs a program to its end, in a process group of its own. Output that comes
---more than half a second after the end, from a process it left behind, is not
---waited for.
---@param options host.proc.RunOptions
---@return host.proc.Result? result
---@return string? message
---@return string? code "timeout": it and its group were killed; an errno name:
---it could not be started
---@return host.proc.Result? partial with "timeout": what came until then
function proc.run(options) end

---@param options host.proc.SpawnOptions
---@return host.proc.process? process
---@return string? message
---@return string? code "ENOENT": no such program, or no such `cwd`; "ENOTTY":
---`terminal`, but stdin is none
function proc.spawn(options) end

---Owns its child: closing or losing the handle kills what still runs.
---@class host.proc.process
local process = {}

---@return integer
function process:pid() end

---@return integer fd readable when the process has ended
function process:pidfd() end

---@return host.fs.file? file our end, where "pipe" was asked for
function process:stdin() end

---@return host.fs.file? file
function process:stdout() end

---@return host.fs.file? file
function process:stderr() end

---@param timeout? number seconds, default none; 0 only looks
---@return host.proc.End? how the same each time
---@return string? message
---@return string? code "timeout"
function process:wait(timeout) end

---@param signal? string default "TERM"
---@param group? boolean all of the group that it leads
---@return true? done
---@return string? message
---@return string? code "ESRCH": `wait` has told its end already
function process:kill(signal, group) end

---Lets the process go on when this handle, or this program, is gone. Nobody
---reaps it as long as this program runs.
---@return true
function process:detach() end

---Kills the process, with the group it leads, if it still runs.
---@return true also the second time
function process:close() end

return proc
