-- SPDX-License-Identifier: Apache-2.0
-- The hosts that go into a charm: this very program, and those of other
-- processors, which lie beside it as `make dist` leaves them.
local fs = require "host.fs"
local sys = require "host.sys"

local M = {}

-- By Juju's name of the architecture: uname's, and that of the ELF header.
local MACHINES <const> = {
  amd64 = { name = "x86_64", elf = 62 },
  arm64 = { name = "aarch64", elf = 183 },
  ppc64el = { name = "ppc64le", elf = 21 },
  riscv64 = { name = "riscv64", elf = 243 },
  s390x = { name = "s390x", elf = 22 },
}

M.ARCHES = { "amd64", "arm64", "ppc64el", "riscv64", "s390x" }

-- For the file at hand, not known by its name.
local HEADER <const> = 20
local BIG_ENDIAN <const> = 2

---uname's word for an architecture of Juju, nil for what is none.
---@param arch string
---@return string?
function M.machine(arch)
  return MACHINES[arch] and MACHINES[arch].name
end

-- The architecture that a program is for, or nil and why it is none.
local function arch_of(path)
  local file <close>, message <const> = fs.open(path, "r")
  local header <const> = file and file:read(HEADER)
  if not header then
    return nil, message
  elseif #header < HEADER or header:sub(1, 4) ~= "\127ELF" then
    return nil, path .. " is no program for Linux"
  end
  local order <const> = header:byte(6) == BIG_ENDIAN and ">I2" or "<I2"
  local elf <const> = order:unpack(header, 19)
  for arch, machine in pairs(MACHINES) do
    if machine.elf == elf then
      return arch
    end
  end
  return nil, path .. " is for a processor that Juju does not know"
end

---The architecture of this program.
---@return string? arch
---@return string? message
function M.own()
  return arch_of(sys.executable())
end

local function candidates(arch)
  local program <const> = sys.executable()
  local folder <const>, machine <const> =
    program:match("^(.*)/[^/]*$"), MACHINES[arch].name
  return {
    program,
    ("%s/charmhost-%s"):format(folder, machine),
    ("%s/%s/charmhost"):format(folder, machine),
    ("%s/../%s/charmhost"):format(folder, machine),
  }
end

---The program to put into a charm for an architecture.
---@param arch string
---@param given string? where the author says it is
---@return string? path
---@return string? message
function M.find(arch, given)
  if not MACHINES[arch] then
    return nil, ('"%s" is no architecture of Juju; they are %s')
      :format(arch, table.concat(M.ARCHES, ", "))
  elseif given then
    local found <const>, why <const> = arch_of(given)
    if found == arch then
      return given
    end
    return nil, why or ("%s is for %s, not for %s"):format(given, found, arch)
  end
  for _, path in ipairs(candidates(arch)) do
    if arch_of(path) == arch then
      return path
    end
  end
  return nil, ("there is no host for %s beside this one; make it with: "
    .. "make dist, or give it with: --host %s=FILE"):format(arch, arch)
end

---The architectures that a host is there for.
---@param given table<string, string>
---@return string[]
function M.all(given)
  local found <const> = {}
  for _, arch in ipairs(M.ARCHES) do
    if M.find(arch, given[arch]) then
      found[#found + 1] = arch
    end
  end
  return found
end

return M
