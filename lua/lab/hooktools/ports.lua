-- SPDX-License-Identifier: Apache-2.0
-- open-port, close-port and opened-ports; opened and closed with the commit.
local json = require "std.json"
local ports = require "lab.model.ports"

local M = {}

local function endpoints_of(text)
  local found <const> = {}
  for name in (text or ""):gmatch("[^,]+") do
    found[#found + 1] = name:match("^%s*(.-)%s*$")
  end
  return found
end

local function port_tool(open)
  return {
    flags = { { "endpoints" }, { "format", default = "" } },
    args = 1,
    run = function(context, options, args)
      if not args[1] then
        return nil, "no port or range specified", 2
      end
      local name, message, range = ports.parse(args[1])
      if not name then
        return nil, message, 2
      elseif range then
        return nil, "port ranges are not supported for k8s applications, "
          .. "please specify a single port", 1
      end
      local endpoints <const> = endpoints_of(options.endpoints)
      for i = 1, math.max(#endpoints, 1) do
        table.insert(context.ports,
          { name = name, endpoint = endpoints[i], open = open })
      end
    end,
  }
end

M["open-port"] = port_tool(true)
M["close-port"] = port_tool(false)

M["opened-ports"] = {
  flags = { { "endpoints", bool = true } },
  format = "smart",
  args = 0,
  run = function(context, options)
    return json.array(ports.list(context:opened_ports(), options.endpoints))
  end,
}

return M
