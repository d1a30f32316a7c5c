/* SPDX-License-Identifier: Apache-2.0
 * The File handle of host.fs; see fs_file.h and docs/api/fs.lua. The box is an
 * int: the descriptor, or -1 when closed (bind_checkfd relies on it). */
#include "fs_file.h"

#include "../bind.h"
#include "../io.h"

#include <errno.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

#define READ_DEFAULT 65536
#define READ_MAX     (64 << 20)

int *fs_file_push(lua_State *L) {
  int *file = bind_box(L, sizeof *file, FS_FILE);
  *file = -1;
  return file;
}

/* The descriptor of an open file; a closed one is a wrong argument. */
static int check_open(lua_State *L) {
  int *file = luaL_checkudata(L, 1, FS_FILE);
  luaL_argcheck(L, *file >= 0, 1, "file is closed");
  return *file;
}

static int push_done(lua_State *L, int result, const char *what) {
  if (result != 0) return bind_errno(L, errno, "cannot %s", what);
  lua_pushboolean(L, 1);
  return 1;
}

/* Nonblocking descriptors: nothing there now is no failure to report. */
static int fail(lua_State *L, int err, const char *what) {
  if (err == EAGAIN) return bind_fail(L, "again", "again");
  return bind_errno(L, err, "cannot %s", what);
}

/* :read(max = 65536) -> string (one read: maybe shorter than max), "" at the
 * end | nil, "again", "again" | nil, message, code */
static int file_read(lua_State *L) {
  int fd = check_open(L);
  size_t max = lua_isnoneornil(L, 2)
                   ? READ_DEFAULT
                   : (size_t)bind_checkrange(L, 2, 1, READ_MAX);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, max);
  ssize_t n = io_read(fd, out, max);
  if (n < 0) return fail(L, errno, "read");
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

/* :write(data) -> bytes written: all of them unless the file is nonblocking
 * | nil, "again", "again" | nil, message, code */
static int file_write(lua_State *L) {
  int fd = check_open(L);
  size_t len, done;
  const char *data = luaL_checklstring(L, 2, &len);
  int err = io_write_all(fd, data, len, &done);
  if (err && !(err == EAGAIN && done > 0)) return fail(L, err, "write");
  lua_pushinteger(L, (lua_Integer)done);
  return 1;
}

/* :seek(whence = "cur", offset = 0) -> position | nil, message, code */
static int file_seek(lua_State *L) {
  static const char *const names[] = {"set", "cur", "end", NULL};
  static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  int fd = check_open(L);
  int whence = whences[luaL_checkoption(L, 2, "cur", names)];
  off_t at = lseek(fd, (off_t)luaL_optinteger(L, 3, 0), whence);
  if (at < 0) return bind_errno(L, errno, "cannot seek");
  lua_pushinteger(L, at);
  return 1;
}

/* :sync() -> true | nil, message, code */
static int file_sync(lua_State *L) {
  return push_done(L, fsync(check_open(L)), "sync");
}

/* :truncate(size = 0) -> true | nil, message, code */
static int file_truncate(lua_State *L) {
  int fd = check_open(L);
  off_t size = 0;
  if (!lua_isnoneornil(L, 2)) size = (off_t)bind_checkrange(L, 2, 0, INT64_MAX);
  return push_done(L, ftruncate(fd, size), "truncate");
}

/* :lock(exclusive = false, nonblock = false) -> true | nil, message, code;
 * EAGAIN: somebody else holds it. The lock goes with the open file. */
static int file_lock(lua_State *L) {
  int fd = check_open(L);
  int how = lua_toboolean(L, 2) ? LOCK_EX : LOCK_SH;
  if (lua_toboolean(L, 3)) how |= LOCK_NB;
  int result;
  do
    result = flock(fd, how);
  while (result != 0 && errno == EINTR);
  return push_done(L, result, "lock");
}

/* :unlock() -> true | nil, message, code */
static int file_unlock(lua_State *L) {
  return push_done(L, flock(check_open(L), LOCK_UN), "unlock");
}

/* :nonblock(on = true) -> true | nil, message, code */
static int file_nonblock(lua_State *L) {
  int fd = check_open(L);
  errno = io_set_nonblock(fd, lua_isnoneornil(L, 2) || lua_toboolean(L, 2));
  return push_done(L, errno, "set nonblocking mode");
}

/* :fd() -> the descriptor, still owned by the file */
static int file_fd(lua_State *L) {
  lua_pushinteger(L, check_open(L));
  return 1;
}

/* :detach() -> the descriptor, now the caller's to close; the file is closed */
static int file_detach(lua_State *L) {
  lua_pushinteger(L, check_open(L));
  *(int *)lua_touserdata(L, 1) = -1;
  return 1;
}

/* :closed() -> boolean */
static int file_closed(lua_State *L) {
  lua_pushboolean(L, *(int *)luaL_checkudata(L, 1, FS_FILE) < 0);
  return 1;
}

/* :close() -> true, also the second time | nil, message, code */
static int file_close(lua_State *L) {
  int *file = luaL_checkudata(L, 1, FS_FILE);
  int err = io_close(file);
  if (err) return bind_errno(L, err, "cannot close");
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg methods[] = {
    {"closed", file_closed},
    {"detach", file_detach},
    {"fd", file_fd},
    {"lock", file_lock},
    {"nonblock", file_nonblock},
    {"read", file_read},
    {"seek", file_seek},
    {"sync", file_sync},
    {"truncate", file_truncate},
    {"unlock", file_unlock},
    {"write", file_write},
    {NULL, NULL},
};

void fs_file_class(lua_State *L) {
  bind_class(L, FS_FILE, methods, file_close);
}
