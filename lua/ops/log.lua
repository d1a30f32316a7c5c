-- SPDX-License-Identifier: Apache-2.0
-- ops.log.info("replanned %s", name): a line in the unit's log, sent at once.
-- With arguments the text is a format; without, it is taken as it is.
local juju_log = require "juju.log"

local M = {}

local function text_of(format, ...)
  if select("#", ...) == 0 then
    return tostring(format)
  end
  return tostring(format):format(...)
end

-- A log that cannot be written stops no handler: standard error is the
-- agent's log too.
local function writer(level)
  return function(format, ...)
    local text = text_of(format, ...)
    juju_log.tell(level, text, function(err)
      io.stderr:write(level, " ", text, "\n", tostring(err), "\n")
    end)
  end
end

M.trace = writer "TRACE"
M.debug = writer "DEBUG"
M.info = writer "INFO"
M.warning = writer "WARNING"
M.error = writer "ERROR"
M.critical = writer "CRITICAL"

return M
