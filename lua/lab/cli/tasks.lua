-- SPDX-License-Identifier: Apache-2.0
-- Waiting for a task of the model, an action or commands, at the command line.
local client = require "lab.cli.client"
local sys = require "host.sys"

local M = {}

local POLL <const> = 10

local function print_log(task, from)
  for i = from + 1, #task.log do
    io.stdout:write(os.date("%H:%M:%S", math.floor(task.log[i].at)), " ",
      task.log[i].message, "\n")
  end
  io.stdout:flush()
  return #task.log
end

---Polls until the task has ended or the time is up; shows what it logs.
---@param model string?
---@param id string
---@param seconds number
---@return table? task
---@return string? message
function M.wait(model, id, seconds)
  local deadline <const> = sys.monotonic() + seconds
  local logged = 0
  while true do
    local task, message = client.call {
      verb = "task", model = model, id = id, wait = POLL,
      logged = logged,
    }
    if not task then
      return nil, message
    end
    logged = print_log(task, logged)
    if task.ended then
      return task
    elseif sys.monotonic() > deadline then
      return nil, ("timed out waiting for results from: %s"):format(task.unit)
    end
  end
end

return M
