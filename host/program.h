/* SPDX-License-Identifier: Apache-2.0
 * What a program of ours is: C modules, embedded Lua, the module that starts.
 * host/main.c and host/lab/main.c each state one; program.c runs it. */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include <lauxlib.h>
#include <stddef.h>

/* One embedded Lua module: bytecode with debug information (host/embed.lua
 * writes the tables). Sorted by name. */
struct embedded {
  const char *name;
  const unsigned char *code;
  size_t size;
};

struct program {
  const char *entry;          /* Lua module whose main(argv) is run */
  const luaL_Reg *modules;    /* C modules of this program, NULL-ended */
  const struct embedded *lua; /* sorted by name */
  size_t lua_count;
};

extern const luaL_Reg host_modules[]; /* those of both programs */

/* Runs the program and returns the process's exit code: main's integer
 * result, or 1 with a traceback on standard error when it raised. */
int program_main(const struct program *program, int argc, char **argv);

#endif
