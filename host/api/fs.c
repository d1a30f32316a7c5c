/* SPDX-License-Identifier: Apache-2.0
 * host.fs: files and directories. Whole files at once, atomically where
 * asked; open files are in fs_file.c, the longer operations in fs_core.c.
 * Described in docs/api/fs.lua; owns nothing. */
#include "../bind.h"
#include "../io.h"
#include "api.h"
#include "fs_core.h"
#include "fs_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_LIMIT  (256 << 20) /* of fs.read, unless told otherwise */
#define FIRST_CHUNK 4096
#define READ_CHUNK  65536
#define LISTING     "host.fs.listing"

/* --- helpers ---------------------------------------------------------------*/

static mode_t opt_mode(lua_State *L, int idx, mode_t dflt) {
  if (lua_isnoneornil(L, idx)) return dflt;
  return (mode_t)bind_checkrange(L, idx, 0, 07777);
}

/* true, or the failure `err` of doing `what` to the path that is argument 1 */
static int push_done(lua_State *L, int err, const char *what) {
  if (err)
    return bind_errno(L, err, "cannot %s '%s'", what, lua_tostring(L, 1));
  lua_pushboolean(L, 1);
  return 1;
}

static int push_result(lua_State *L, int result, const char *what) {
  return push_done(L, result == 0 ? 0 : errno, what);
}

static int push_result2(lua_State *L, int result, const char *what) {
  if (result != 0)
    return bind_errno(L, errno, "cannot %s '%s' as '%s'", what,
                      lua_tostring(L, 1), lua_tostring(L, 2));
  lua_pushboolean(L, 1);
  return 1;
}

/* --- whole files -----------------------------------------------------------*/

/* read(path, max = 256 MiB) -> string | nil, message, code; "too-large" */
static int fs_read(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  lua_Integer max = READ_LIMIT;
  if (!lua_isnoneornil(L, 2)) max = bind_checkrange(L, 2, 0, INT64_MAX);
  int *file = fs_file_push(L);
  *file = io_open(path, O_RDONLY, 0);
  if (*file < 0) return push_done(L, errno, "open");
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  lua_Integer total = 0;
  size_t chunk = FIRST_CHUNK; /* a charm's files are small */
  ssize_t n;
  while ((n = io_read(*file, luaL_prepbuffsize(&b, chunk), chunk)) > 0 &&
         (total += n) <= max) {
    luaL_addsize(&b, (size_t)n);
    if ((size_t)n == chunk && chunk < READ_CHUNK) chunk *= 2;
  }
  int err = n < 0 ? errno : 0;
  io_close(file);
  if (err) return push_done(L, err, "read");
  if (total > max)
    return bind_fail(L, "too-large", "cannot read '%s': more than %lld bytes",
                     path, (long long)max);
  luaL_pushresult(&b);
  return 1;
}

static lua_Integer opt_range(lua_State *L, int idx, const char *field,
                             lua_Integer dflt, lua_Integer max) {
  lua_Integer n = bind_optinteger(L, idx, field, dflt);
  if (n != dflt && (n < 0 || n > max))
    luaL_error(L, "field '%s': out of range", field);
  return n;
}

static struct fs_put opt_put(lua_State *L, int idx, mode_t mode) {
  struct fs_put put;
  put.mode = (mode_t)opt_range(L, idx, "mode", mode, 07777);
  put.uid = (uid_t)opt_range(L, idx, "uid", -1, UINT_MAX - 1);
  put.gid = (gid_t)opt_range(L, idx, "gid", -1, UINT_MAX - 1);
  put.sync = bind_optbool(L, idx, "sync", false);
  put.atomic = bind_optbool(L, idx, "atomic", true);
  return put;
}

/* write(path, data, {mode=0600, uid=, gid=, sync=false, atomic=true}) -> true
 * | nil, message, code; when it fails there is no new file left */
static int fs_write(lua_State *L) {
  size_t size;
  const char *path = bind_checktext(L, 1);
  const char *data = luaL_checklstring(L, 2, &size);
  struct fs_put put = opt_put(L, 3, 0600);
  return push_done(L, fs_put_data(path, data, size, &put), "write");
}

/* append(path, data, mode = 0600) -> true | nil, message, code */
static int fs_append_text(lua_State *L) {
  size_t size;
  const char *path = bind_checktext(L, 1);
  const char *data = luaL_checklstring(L, 2, &size);
  mode_t mode = opt_mode(L, 3, 0600);
  return push_done(L, fs_append(path, data, size, mode), "append to");
}

/* copy(from, to, {as write; mode = that of `from`}) -> true
 * | nil, message, code */
static int fs_copy(lua_State *L) {
  const char *from = bind_checktext(L, 1);
  const char *to = bind_checktext(L, 2);
  struct fs_put put = opt_put(L, 3, 0600);
  bool keep = bind_optinteger(L, 3, "mode", -1) < 0;
  int *file = fs_file_push(L);
  struct stat st;
  *file = io_open(from, O_RDONLY, 0);
  if (*file < 0) return push_done(L, errno, "open");
  if (fstat(*file, &st) != 0) return push_done(L, errno, "look at");
  if (keep) put.mode = st.st_mode & 07777;
  int err = S_ISDIR(st.st_mode) ? EISDIR : fs_put_copy(to, *file, &put);
  io_close(file);
  errno = err;
  return push_result2(L, err, "copy");
}

/* open(path, "r"|"w"|"a"|"rw"|"wx", mode = 0600) -> File | nil, message, code.
 * All but "r" make the file; "w" empties it, "rw" does not, "wx" refuses an
 * existing one (EEXIST). */
static int fs_open(lua_State *L) {
  static const char *const names[] = {"r", "w", "a", "rw", "wx", NULL};
  static const int flags[] = {
      O_RDONLY,
      O_WRONLY | O_CREAT | O_TRUNC,
      O_WRONLY | O_CREAT | O_APPEND,
      O_RDWR | O_CREAT,
      O_WRONLY | O_CREAT | O_EXCL,
  };
  const char *path = bind_checktext(L, 1);
  int how = flags[luaL_checkoption(L, 2, "r", names)];
  mode_t mode = opt_mode(L, 3, 0600);
  int *file = fs_file_push(L);
  *file = io_open(path, how, mode);
  return *file < 0 ? push_done(L, errno, "open") : 1;
}

/* fdopen(fd) -> File that owns the descriptor from now on */
static int fs_fdopen(lua_State *L) {
  int fd = (int)bind_checkrange(L, 1, 0, INT_MAX);
  int *file = fs_file_push(L);
  if (fcntl(fd, F_GETFD) < 0)
    return bind_errno(L, errno, "cannot adopt descriptor %d", fd);
  *file = fd;
  return 1;
}

/* pipe() -> File to read, File to write | nil, message, code */
static int fs_pipe(lua_State *L) {
  int *reader = fs_file_push(L), *writer = fs_file_push(L), fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0)
    return bind_errno(L, errno, "cannot make a pipe");
  *reader = fds[0];
  *writer = fds[1];
  return 2;
}

/* --- what is there ---------------------------------------------------------*/

static const char *type_name(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFREG:
    return "file";
  case S_IFDIR:
    return "directory";
  case S_IFLNK:
    return "symlink";
  case S_IFSOCK:
    return "socket";
  case S_IFIFO:
    return "named-pipe";
  default:
    return "device";
  }
}

static void set_integer(lua_State *L, const char *field, lua_Integer n) {
  lua_pushinteger(L, n);
  lua_setfield(L, -2, field);
}

static int push_stat(lua_State *L, const struct stat *st) {
  lua_createtable(L, 0, 8);
  lua_pushstring(L, type_name(st->st_mode));
  lua_setfield(L, -2, "type");
  set_integer(L, "size", st->st_size);
  set_integer(L, "mode", st->st_mode & 07777);
  set_integer(L, "uid", st->st_uid);
  set_integer(L, "gid", st->st_gid);
  set_integer(L, "ino", (lua_Integer)st->st_ino);
  set_integer(L, "nlink", (lua_Integer)st->st_nlink);
  lua_pushnumber(L, (lua_Number)st->st_mtim.tv_sec +
                        (lua_Number)st->st_mtim.tv_nsec / 1e9);
  lua_setfield(L, -2, "mtime");
  return 1;
}

/* stat(path) -> {type=,size=,mode=,uid=,gid=,mtime=,ino=,nlink=}
 * | nil, message, code; follows symbolic links */
static int fs_stat(lua_State *L) {
  struct stat st;
  if (stat(bind_checktext(L, 1), &st) != 0)
    return push_done(L, errno, "look at");
  return push_stat(L, &st);
}

/* lstat(path) -> as stat, of a symbolic link itself */
static int fs_lstat(lua_State *L) {
  struct stat st;
  if (lstat(bind_checktext(L, 1), &st) != 0)
    return push_done(L, errno, "look at");
  return push_stat(L, &st);
}

/* access(path, "rwx" or less) -> true | nil, message, code */
static int fs_access(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  int mode = F_OK;
  for (const char *c = luaL_optstring(L, 2, ""); *c; c++) {
    const char *at = strchr("xwr", *c);
    luaL_argcheck(L, at, 2, "letters r, w and x expected");
    mode |= *at == 'r' ? R_OK : *at == 'w' ? W_OK : X_OK;
  }
  return push_result(L, access(path, mode), "access");
}

struct listing {
  struct dirent **names;
  int count;
};

static int listing_close(lua_State *L) {
  struct listing *l = luaL_checkudata(L, 1, LISTING);
  for (int i = 0; i < l->count; i++)
    free(l->names[i]);
  free(l->names);
  *l = (struct listing){NULL, 0};
  return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_entry(const struct dirent *e) {
  return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* list(path) -> names, sorted by bytes | nil, message, code */
static int fs_list(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  struct listing *l = bind_box(L, sizeof *l, LISTING);
  int count = scandir(path, &l->names, is_entry, by_name);
  if (count < 0) {
    l->names = NULL;
    return push_done(L, errno, "list");
  }
  l->count = count;
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    lua_pushstring(L, l->names[i]->d_name);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* readlink(path) -> target | nil, message, code */
static int fs_readlink(lua_State *L) {
  char target[PATH_MAX];
  ssize_t n = readlink(bind_checktext(L, 1), target, sizeof target);
  if (n < 0) return push_done(L, errno, "read the link");
  lua_pushlstring(L, target, (size_t)n);
  return 1;
}

/* realpath(path) -> absolute path without links | nil, message, code */
static int fs_realpath(lua_State *L) {
  char path[PATH_MAX];
  if (!realpath(bind_checktext(L, 1), path))
    return push_done(L, errno, "resolve");
  lua_pushstring(L, path);
  return 1;
}

/* --- changes ---------------------------------------------------------------*/

/* mkdir(path, mode = 0777 less umask) -> true | nil, message, code */
static int fs_mkdir(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  return push_result(L, mkdir(path, opt_mode(L, 2, 0777)), "make directory");
}

/* mkdirs(path, mode) -> true, also when it is there | nil, message, code */
static int fs_make_dirs(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  return push_done(L, fs_mkdirs(path, opt_mode(L, 2, 0777)), "make directory");
}

/* mkdtemp(prefix) -> path of a new directory of mode 0700
 * | nil, message, code */
static int fs_mkdtemp(lua_State *L) {
  char path[PATH_MAX];
  int n = snprintf(path, sizeof path, "%sXXXXXX", bind_checktext(L, 1));
  luaL_argcheck(L, n > 0 && n < (int)sizeof path, 1, "too long");
  if (!mkdtemp(path)) return push_done(L, errno, "make directory");
  lua_pushstring(L, path);
  return 1;
}

/* remove(path) -> true | nil, message, code; a file or an empty directory */
static int fs_remove(lua_State *L) {
  return push_result(L, remove(bind_checktext(L, 1)), "remove");
}

/* remove_all(path) -> true, also when there is nothing | nil, message, code */
static int fs_remove_tree(lua_State *L) {
  return push_done(L, fs_remove_all(bind_checktext(L, 1)), "remove");
}

/* rename(from, to) -> true | nil, message, code */
static int fs_rename(lua_State *L) {
  const char *from = bind_checktext(L, 1);
  return push_result2(L, rename(from, bind_checktext(L, 2)), "rename");
}

/* link(from, to) -> true | nil, message, code; a hard link */
static int fs_link(lua_State *L) {
  const char *from = bind_checktext(L, 1);
  return push_result2(L, link(from, bind_checktext(L, 2)), "link");
}

/* symlink(target, path) -> true | nil, message, code */
static int fs_symlink(lua_State *L) {
  const char *target = bind_checktext(L, 1);
  return push_result2(L, symlink(target, bind_checktext(L, 2)), "link");
}

/* chmod(path, mode) -> true | nil, message, code */
static int fs_chmod(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  mode_t mode = (mode_t)bind_checkrange(L, 2, 0, 07777);
  return push_result(L, chmod(path, mode), "change the mode of");
}

/* chown(path, uid, gid) -> true | nil, message, code; -1 keeps; a symbolic
 * link itself is changed, never what it points to */
static int fs_chown(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  uid_t uid = (uid_t)bind_checkrange(L, 2, -1, UINT_MAX - 1);
  gid_t gid = (gid_t)bind_checkrange(L, 3, -1, UINT_MAX - 1);
  return push_result(L, lchown(path, uid, gid), "change the owner of");
}

/* sync(path) -> true | nil, message, code; a file or a directory */
static int fs_sync(lua_State *L) {
  return push_done(L, fs_sync_path(bind_checktext(L, 1)), "sync");
}

static const luaL_Reg functions[] = {
    {"access", fs_access},
    {"append", fs_append_text},
    {"chmod", fs_chmod},
    {"chown", fs_chown},
    {"copy", fs_copy},
    {"fdopen", fs_fdopen},
    {"link", fs_link},
    {"list", fs_list},
    {"lstat", fs_lstat},
    {"mkdir", fs_mkdir},
    {"mkdirs", fs_make_dirs},
    {"mkdtemp", fs_mkdtemp},
    {"open", fs_open},
    {"pipe", fs_pipe},
    {"read", fs_read},
    {"readlink", fs_readlink},
    {"realpath", fs_realpath},
    {"remove", fs_remove},
    {"remove_all", fs_remove_tree},
    {"rename", fs_rename},
    {"stat", fs_stat},
    {"symlink", fs_symlink},
    {"sync", fs_sync},
    {"write", fs_write},
    {NULL, NULL},
};

static const luaL_Reg no_methods[] = {{NULL, NULL}};

int luaopen_host_fs(lua_State *L) {
  fs_file_class(L);
  bind_class(L, LISTING, no_methods, listing_close);
  return bind_module(L, functions);
}
