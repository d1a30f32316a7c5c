/* SPDX-License-Identifier: Apache-2.0
 * The address of a Unix socket, however long its path is. Used by the http,
 * ws, rpc and net bindings. */
#ifndef HOST_UNIXADDR_H
#define HOST_UNIXADDR_H

#include <sys/socket.h>
#include <sys/un.h>

/* Fills `addr` for a path, or "@name" for an abstract socket. A path longer
 * than sun_path goes through its parent folder, opened into *dir (which the
 * caller sets to -1, or to an earlier result to use again, and closes after
 * connect or bind). Returns 0 or an errno value. */
int unixaddr_fill(struct sockaddr_un *addr, socklen_t *len, const char *path,
                  int *dir);

#endif
