-- SPDX-License-Identifier: Apache-2.0
-- `charmhost run` of an empty script: the static product, and the same program
-- linked with Debian's shared libraries, beside /bin/true.
local fs = require "host.fs"
local peers = require "peers"

local M = {}

---@param bench bench.Bench
---@return table[] series
function M.run(bench)
  local script = peers.ROOT .. "/empty.lua"
  assert(fs.write(script, ""))
  local function host(name, path)
    return peers.program(name, { assert(fs.realpath(path)), "run", script })
  end
  return { bench:series("start: run of an empty script", {
    host("charmhost", "build/charmhost"),
    host("charmhost, shared libraries", "build/bench/dynamic/charmhost"),
    peers.program("/bin/true", { "/bin/true" }),
    peers.program("static C, nothing",
      { assert(fs.realpath "build/bench/floor") }),
  }) }
end

return M
