-- SPDX-License-Identifier: Apache-2.0
-- What a hook prints, stream by stream: its lines up to a limit, and how much
-- was left out beyond it. A charm that prints without end costs the lab neither
-- memory nor disk.
local M = {}

local LINE_MAX <const> = 4096
local PIECE <const> = 65536
M.MAX = 1 << 20 -- bytes of one stream of one hook

-- Emits the whole lines of a text, in pieces of LINE_MAX at most; returns the
-- rest of it.
local function take_lines(text, emit)
  local at = 1
  while true do
    local stop <const> = text:find("\n", at, true)
    if stop and stop - at <= LINE_MAX then
      emit(text:sub(at, stop - 1))
      at = stop + 1
    elseif #text - at + 1 >= LINE_MAX then
      emit(text:sub(at, at + LINE_MAX - 1))
      at = at + LINE_MAX
    else
      return text:sub(at)
    end
  end
end

---Reads a stream to its end, or until the task is cancelled.
---@param loop lab.Loop
---@param file table host.fs.file
---@param to { emit: fun(line: string), left_out: fun(bytes: integer),
---  lines: integer? } left_out is called at the end if there was too much, by
---  bytes or by lines
function M.read(loop, file, to)
  local rest, size, beyond, lines = "", 0, 0, 0
  local function emit(line)
    lines = lines + 1
    if lines <= (to.lines or math.maxinteger) then
      to.emit(line)
    else
      beyond = beyond + #line + 1
    end
  end
  while true do
    loop:readable(file:fd())
    local bytes <const> = file:read(PIECE)
    if not bytes or bytes == "" then
      break
    end
    local kept <const> = bytes:sub(1, math.max(M.MAX - size, 0))
    size = size + #kept
    beyond = beyond + #bytes - #kept
    rest = take_lines(rest .. kept, emit)
  end
  if rest ~= "" then
    emit(rest)
  end
  if beyond > 0 then
    to.left_out(beyond)
  end
end

return M
