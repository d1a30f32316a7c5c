-- SPDX-License-Identifier: Apache-2.0
-- The terminal of one exec. The slave stays open here until the command has
-- ended, so that until then its output can't end, whatever it closes.
local pty = require "host.lab.pty"

local M = {}
M.__index = M

local CELLS_MAX <const> = 65535

---@class lab.supervisor.Terminal
---@field master table host.fs.file what the web socket's side reads and writes
---@field slave table host.fs.file what the command gets

local function is_size(width, height)
  return math.type(width) == "integer" and math.type(height) == "integer"
    and width >= 0 and width <= CELLS_MAX
    and height >= 0 and height <= CELLS_MAX
end

---Opens one that the account may use; without a size, of 80 columns.
---@param account lab.supervisor.Account
---@param width integer?
---@param height integer?
---@return lab.supervisor.Terminal? terminal
---@return string? message
function M.open(account, width, height)
  local sized <const> = is_size(width, height) and width > 0 and height > 0
  local master, slave = pty.open {
    uid = account.uid,
    gid = account.gid,
    columns = sized and width or nil,
    rows = sized and height or nil,
  }
  if not master then
    return nil, slave
  end
  return setmetatable({ master = master, slave = slave }, M)
end

---A size that no terminal can have is left aside.
---@param width any
---@param height any
function M:resize(width, height)
  if is_size(width, height) and not self.master:closed() then
    pty.resize(self.master, width, height)
  end
end

---The command has ended: only those whom it left behind hold it now.
function M:hang_up()
  self.slave:close()
end

---@return boolean
function M:has_hung_up()
  return self.slave:closed()
end

function M:close()
  self.slave:close()
  self.master:close()
end

return M
