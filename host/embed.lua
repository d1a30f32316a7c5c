-- SPDX-License-Identifier: Apache-2.0
-- Build tool: compiles Lua modules to bytecode (bytecode.lua says what of the
-- debug information stays) and writes OUT.bin with OUT.c, the table that
-- program.c searches.
-- usage: lua5.4 host/embed.lua PREFIX OUT lua/a.lua lua/b/c.lua ...
package.path = "host/?.lua"
local bytecode = require "bytecode"

local prefix <const>, out <const> = arg[1], arg[2]

local function module_name(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", "")
    :gsub("/", "."))
end

local modules = {}
for i = 3, #arg do
  local chunk = assert(loadfile(arg[i], "t"))
  modules[#modules + 1] = {
    name = module_name(arg[i]),
    code = bytecode.without_names(string.dump(chunk)),
  }
end
table.sort(modules, function(a, b) return a.name < b.name end)

local bin = assert(io.open(out .. ".bin", "wb"))
local rows, offset = {}, 0
for _, module in ipairs(modules) do
  assert(bin:write(module.code))
  rows[#rows + 1] = ('    {"%s", blob + %d, %d},'):format(module.name, offset,
    #module.code)
  offset = offset + #module.code
end
assert(bin:close())

local template <const> = [[
#include "program.h"
__asm__(".section .rodata\n"
        ".balign 16\n"
        "PREFIX_blob: .incbin \"OUT.bin\"\n"
        ".previous\n");
extern const unsigned char blob[] __asm__("PREFIX_blob");
extern const struct embedded PREFIX_lua[];
extern const size_t PREFIX_lua_count;
const struct embedded PREFIX_lua[] = {
ROWS
};
const size_t PREFIX_lua_count = SIZE;
]]
local text = template:gsub("%u+", {
  PREFIX = prefix,
  OUT = out,
  ROWS = table.concat(rows, "\n"),
  SIZE = tostring(#rows),
})
local c = assert(io.open(out .. ".c", "w"))
assert(c:write(text))
assert(c:close())
