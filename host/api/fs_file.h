/* SPDX-License-Identifier: Apache-2.0
 * The File handle ("host.fs.file"): an open descriptor that Lua owns. Made by
 * host.fs and, for the pipes of a child, by host.proc. */
#ifndef HOST_API_FS_FILE_H
#define HOST_API_FS_FILE_H

#include <lua.h>

#define FS_FILE "host.fs.file"

/* Makes the class; a luaopen that pushes files calls it first. */
void fs_file_class(lua_State *L);
/* Pushes a closed file. The caller stores the descriptor it then acquires. */
int *fs_file_push(lua_State *L);

#endif
