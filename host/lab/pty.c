/* SPDX-License-Identifier: Apache-2.0
 * host.lab.pty: pseudo terminals, for commands that want one. Described in
 * docs/api/lab/pty.lua; both ends are files of host.fs. */
#include "../api/fs_file.h"
#include "../bind.h"
#include "../io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SIZE_MAX_CELLS 65535 /* what a terminal's size has room for */

int luaopen_host_lab_pty(lua_State *L);

struct request {
  uid_t uid;
  gid_t gid;
  struct winsize size;
};

static unsigned short check_cells(lua_State *L, int arg) {
  return (unsigned short)bind_checkrange(L, arg, 0, SIZE_MAX_CELLS);
}

static lua_Integer check_field(lua_State *L, const char *field,
                               lua_Integer dflt, lua_Integer max) {
  lua_Integer n = bind_optinteger(L, 1, field, dflt);
  if (n < 0 || n > max) luaL_error(L, "field '%s': out of range", field);
  return n;
}

/* Neither end becomes the controlling terminal of this program. */
static int open_ends(const struct request *r, int *master, int *slave) {
  char path[PATH_MAX];
  *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (*master < 0 || grantpt(*master) != 0 || unlockpt(*master) != 0)
    return errno;
  int err = ptsname_r(*master, path, sizeof path);
  if (err) return err;
  *slave = io_open(path, O_RDWR | O_NOCTTY, 0);
  if (*slave < 0 || fchown(*slave, r->uid, r->gid) != 0 ||
      ioctl(*master, (int)TIOCSWINSZ, &r->size) != 0)
    return errno;
  return 0;
}

/* open{uid=, gid=, columns=80, rows=25} -> master, slave: files; the slave
 * belongs to the account | nil, message, code */
static int pty_open(lua_State *L) {
  struct request r;
  r.uid = (uid_t)check_field(L, "uid", getuid(), UINT_MAX - 1);
  r.gid = (gid_t)check_field(L, "gid", getgid(), UINT_MAX - 1);
  r.size = (struct winsize){
      .ws_col = (unsigned short)check_field(L, "columns", 80, SIZE_MAX_CELLS),
      .ws_row = (unsigned short)check_field(L, "rows", 25, SIZE_MAX_CELLS)};
  int *master = fs_file_push(L), *slave = fs_file_push(L);
  int err = open_ends(&r, master, slave);
  if (err) {
    io_close(master);
    io_close(slave);
    return bind_errno(L, err, "cannot open a terminal");
  }
  return 2;
}

/* resize(fd, columns, rows) -> true, and WINCH for who is in its foreground
 * | nil, message, code */
static int pty_resize(lua_State *L) {
  int fd = bind_checkfd(L, 1);
  struct winsize size = {.ws_col = check_cells(L, 2),
                         .ws_row = check_cells(L, 3)};
  if (ioctl(fd, (int)TIOCSWINSZ, &size) != 0)
    return bind_errno(L, errno, "cannot resize the terminal");
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg functions[] = {
    {"open", pty_open},
    {"resize", pty_resize},
    {NULL, NULL},
};

int luaopen_host_lab_pty(lua_State *L) {
  fs_file_class(L);
  return bind_module(L, functions);
}
