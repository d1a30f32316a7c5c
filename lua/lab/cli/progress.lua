-- SPDX-License-Identifier: Apache-2.0
-- Progress lines: on a terminal one line that is rewritten while a step goes
-- on, elsewhere one plain line as each step ends. Owns standard output.
local sys = require "host.sys"

local M = {}

---@class lab.cli.Progress
local Progress = {}
Progress.__index = Progress

---@param count integer how many steps there will be
---@return lab.cli.Progress
function M.new(count)
  return setmetatable({
    count = count,
    number = 0,
    terminal = sys.isatty(1),
  }, Progress)
end

local function draw(self, mark, text)
  local head = ("[%d/%d] %s"):format(self.number, self.count, text)
  if not self.terminal then
    if mark then
      io.stdout:write(head, "  ", mark, "\n")
    end
  else
    if not mark then
      local columns = sys.winsize(1) or 80
      head = utf8.len(head) and utf8.len(head) >= columns
        and head:sub(1, utf8.offset(head, columns - 1) - 1) .. "…" or head
    end
    io.stdout:write("\r\27[K", head, mark and "  " .. mark .. "\n" or "")
  end
  io.stdout:flush()
end

---@param text string what is being done
function Progress:start(text)
  self.number = self.number + 1
  self.text = text
  self.started = sys.monotonic()
  draw(self, nil, text)
end

---@param text string how far it is; shown on a terminal only
function Progress:note(text)
  draw(self, nil, text)
end

function Progress:done()
  draw(self, ("ok, %.1f s"):format(sys.monotonic() - self.started), self.text)
end

---@param why string
function Progress:fail(why)
  draw(self, "failed", self.text)
  io.stderr:write("this failed: ", self.text, "\n", why, "\n")
end

--- Prints a text between the steps.
---@param text string
function Progress:say(text)
  io.stdout:write(text)
  io.stdout:flush()
end

return M
