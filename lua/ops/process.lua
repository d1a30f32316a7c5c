-- SPDX-License-Identifier: Apache-2.0
-- A command in a container, as a charm sees it: like pebble.Process, but what
-- fails is raised ("pebble-exec" with data.exit_code, data.stdout, data.stderr).
local must = require "ops.must"

local M = {}

---@class ops.Process
---@field private process pebble.Process
local Process = {}
Process.__index = Process
Process.__name = "ops.Process"

---@param process pebble.Process
---@return ops.Process
function M.new(process)
  return setmetatable({ process = process }, Process)
end

---Runs the command to its end; its output goes to the callbacks.
function Process:wait()
  must(self.process:wait())
end

---@return string stdout
---@return string stderr
function Process:wait_output()
  local stdout, stderr = self.process:wait_output()
  return must(stdout, stderr), stderr
end

---@param signal string "SIGTERM"
function Process:send_signal(signal)
  must(self.process:send_signal(signal))
end

---Tells a command on a terminal of its new size.
---@param width integer columns
---@param height integer lines
function Process:resize(width, height)
  must(self.process:resize(width, height))
end

---Ends the command, without waiting for it.
function Process:cancel()
  self.process:cancel()
end

---Drops the streams; Pebble kills what still runs.
function Process:close()
  self.process:close()
end

Process.__close = Process.close

return M
