-- SPDX-License-Identifier: Apache-2.0
-- A model's part of the disk: its state and its log. When the disk is full the
-- model goes on in memory: `problem` says so, the state is saved as soon as
-- there is room again, and the log says how many of its lines are missing.
local debuglog = require "lab.debuglog"
local fs = require "host.fs"
local store = require "lab.store"
local sys = require "host.sys"

local M = {}
M.__index = M

local RETRY <const> = 1
local ROOM <const> = 256 * 1024

---@class lab.Disk
---@field problem string? why the model on disk is not the present one

---@param options { loop: lab.Loop, folder: string, model: table,
---  logging: string }
---@return lab.Disk
function M.new(options)
  return setmetatable({
    loop = options.loop,
    folder = options.folder,
    model = options.model,
    log = debuglog.new(options.folder .. "/debug.log", options.logging),
    lost = 0,
  }, M)
end

---Is there room for what a verb may write? Nothing is begun without it.
---@param folder string
---@return true?
---@return string? message
function M.room(folder)
  local path <const> = folder .. "/.room"
  local ok, message =
    fs.write(path, ("\0"):rep(ROOM), { atomic = false })
  fs.remove(path)
  if not ok then
    return nil, "cannot change anything now: " .. message
  end
  return true
end

local function try_to_save(self)
  local ok, message = store.save_model(self.folder, self.model)
  self.problem = not ok
    and ("cannot save the model: %s"):format(message) or nil
  return ok
end

local function save_later(self)
  repeat
    self.loop:sleep(RETRY)
  until not self.problem or try_to_save(self)
end

---Replaces the model on disk by the present one, now or as soon as it can be.
function M:save()
  local known <const> = self.problem
  if try_to_save(self) or known then
    return
  end
  io.stderr:write(self.problem, "\n")
  self.loop:spawn(save_later, self)
end

local function write(self, line)
  if self.lost > 0 then
    local ok <const> = self.log:write {
      at = line.at, entity = "controller", level = "WARNING",
      module = "juju.worker.logsender",
      message = ("%d lines are missing here: %s"):format(self.lost, self.why),
    }
    if not ok then
      return nil, self.why
    end
    self.lost = 0
  end
  return self.log:write(line)
end

---A line that cannot be written is counted; it stops nobody.
---@param entity string "unit-app-0" or "controller"
---@param level string
---@param module string
---@param message string
function M:write_log(entity, level, module, message)
  if not self.log:wants(module, level) then
    return
  end
  local ok, why = write(self, {
    at = sys.time(), entity = entity, level = level, module = module,
    message = message,
  })
  if not ok then
    self.lost, self.why = self.lost + 1, why
  end
end

return M
