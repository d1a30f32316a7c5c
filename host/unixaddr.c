/* SPDX-License-Identifier: Apache-2.0
 * The address of a Unix socket; see unixaddr.h. */
#include "unixaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int open_parent(const char *path, const char *base, int *dir) {
  if (*dir >= 0) return 0;
  char *parent = strndup(path, (size_t)(base - path));
  if (!parent) return ENOMEM;
  *dir = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int err = *dir < 0 ? errno : 0;
  free(parent);
  return err;
}

int unixaddr_fill(struct sockaddr_un *addr, socklen_t *len, const char *path,
                  int *dir) {
  size_t size = strlen(path);
  memset(addr, 0, sizeof *addr);
  addr->sun_family = AF_UNIX;
  if (path[0] == '@') {
    if (size > sizeof addr->sun_path) return ENAMETOOLONG;
    memcpy(addr->sun_path + 1, path + 1, size - 1);
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return 0;
  }
  *len = sizeof *addr;
  if (size < sizeof addr->sun_path) {
    memcpy(addr->sun_path, path, size);
    return 0;
  }
  const char *base = strrchr(path, '/');
  if (!base) return ENAMETOOLONG;
  int err = open_parent(path, ++base, dir);
  if (err) return err;
  int n = snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d/%s",
                   *dir, base);
  return n < (int)sizeof addr->sun_path ? 0 : ENAMETOOLONG;
}
