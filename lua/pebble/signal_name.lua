-- SPDX-License-Identifier: Apache-2.0
-- Signals as Pebble names them. Linux's numbers; 17 and such differ elsewhere.
local NAMES <const> = {
  "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1",
  "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP",
  "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH",
  "IO", "PWR", "SYS",
}

---@param signal string|integer "SIGTERM", "TERM", 15
---@return string name "SIGTERM"
local function signal_name(signal)
  local name = NAMES[signal] or signal
  if type(name) ~= "string" then
    error(("signal: a name or number expected, got %s")
      :format(tostring(signal)), 3)
  end
  return name:find "^SIG" and name or "SIG" .. name
end

return signal_name
