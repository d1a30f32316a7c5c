/* SPDX-License-Identifier: Apache-2.0
 * host.sys: the process and the machine it is on: environment, clocks,
 * random bytes, users, raw descriptors. Described in docs/api/sys.lua; owns
 * no handle. */
#define OPENSSL_SUPPRESS_DEPRECATED /* see sys_sha256 */
#include "../bind.h"
#include "../io.h"
#include "../signame.h"
#include "api.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <math.h>
#include <openssl/sha.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define RANDOM_MAX (1 << 20)
#define READ_MAX   (64 << 20)
#define ENTRY_MAX  (1 << 20) /* bytes of one passwd or group entry */

extern char **environ;

/* true, or the soft failure of `err`. */
static int push_done(lua_State *L, int err, const char *what) {
  if (err) return bind_errno(L, err, "%s", what);
  lua_pushboolean(L, 1);
  return 1;
}

/* --- environment and place -------------------------------------------------*/

/* getenv(name) -> string or nil */
static int sys_getenv(lua_State *L) {
  lua_pushstring(L, getenv(bind_checktext(L, 1)));
  return 1;
}

/* environ() -> { NAME = value }; the first of two equal names counts */
static int sys_environ(lua_State *L) {
  lua_newtable(L);
  for (char **e = environ; e && *e; e++) {
    const char *eq = strchr(*e, '=');
    if (!eq) continue;
    lua_pushlstring(L, *e, (size_t)(eq - *e));
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_pushstring(L, eq + 1);
      lua_rawset(L, -3);
    } else {
      lua_pop(L, 2);
    }
  }
  return 1;
}

/* getcwd() -> path | nil, message, code */
static int sys_getcwd(lua_State *L) {
  char path[PATH_MAX];
  if (!getcwd(path, sizeof path))
    return bind_errno(L, errno, "cannot tell the working directory");
  lua_pushstring(L, path);
  return 1;
}

/* chdir(path) -> true | nil, message, code */
static int sys_chdir(lua_State *L) {
  const char *path = bind_checktext(L, 1);
  if (chdir(path) != 0)
    return bind_errno(L, errno, "cannot change to '%s'", path);
  lua_pushboolean(L, 1);
  return 1;
}

/* executable() -> path of this program | nil, message, code */
static int sys_executable(lua_State *L) {
  char path[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  if (n < 0) return bind_errno(L, errno, "cannot read /proc/self/exe");
  lua_pushlstring(L, path, (size_t)n);
  return 1;
}

/* hostname() -> string | nil, message, code */
static int sys_hostname(lua_State *L) {
  char name[HOST_NAME_MAX + 1];
  if (gethostname(name, sizeof name) != 0)
    return bind_errno(L, errno, "cannot tell the host name");
  lua_pushstring(L, name);
  return 1;
}

/* uname() -> {sysname=,release=,machine=} | nil, message, code */
static int sys_uname(lua_State *L) {
  struct utsname u;
  if (uname(&u) != 0) return bind_errno(L, errno, "cannot tell the system");
  lua_createtable(L, 0, 3);
  lua_pushstring(L, u.sysname);
  lua_setfield(L, -2, "sysname");
  lua_pushstring(L, u.release);
  lua_setfield(L, -2, "release");
  lua_pushstring(L, u.machine);
  lua_setfield(L, -2, "machine");
  return 1;
}

/* --- time and chance -------------------------------------------------------*/

/* time() -> seconds since 1970, with fraction */
static int sys_time(lua_State *L) {
  struct timespec ts;
  if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
    return bind_errno(L, errno, "cannot read the clock");
  lua_pushnumber(L, (lua_Number)ts.tv_sec + (lua_Number)ts.tv_nsec / 1e9);
  return 1;
}

/* monotonic() -> seconds of a clock that never jumps */
static int sys_monotonic(lua_State *L) {
  lua_pushnumber(L, bind_now());
  return 1;
}

/* sleep(seconds) -> true; signals do not shorten it */
static int sys_sleep(lua_State *L) {
  lua_Number s = luaL_checknumber(L, 1);
  luaL_argcheck(L, s >= 0 && s <= 1e9, 1, "out of range");
  struct timespec left = {(time_t)s, (long)((s - floor(s)) * 1e9)};
  int err;
  do
    err = clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left);
  while (err == EINTR);
  return push_done(L, err, "cannot sleep");
}

/* random(n) -> n bytes fit for keys (n to 1 MiB) | nil, message, code */
static int sys_random(lua_State *L) {
  size_t n = (size_t)bind_checkrange(L, 1, 0, RANDOM_MAX);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, n);
  for (size_t done = 0; done < n;) {
    ssize_t got = getrandom(out + done, n - done, 0);
    if (got < 0 && errno != EINTR)
      return bind_errno(L, errno, "cannot get random bytes");
    if (got > 0) done += (size_t)got;
  }
  luaL_pushresultsize(&b, n);
  return 1;
}

/* sha256(data) -> 64 hexadecimal digits. By OpenSSL's plain functions: to hash
 * a line, the newer ones set up all of its algorithms first. */
static int sys_sha256(lua_State *L) {
  static const char digits[] = "0123456789abcdef";
  size_t len;
  const char *data = luaL_checklstring(L, 1, &len);
  unsigned char sum[SHA256_DIGEST_LENGTH];
  char hex[2 * sizeof sum];
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, data, len);
  SHA256_Final(sum, &context);
  for (size_t i = 0; i < sizeof sum; i++) {
    hex[2 * i] = digits[sum[i] >> 4];
    hex[2 * i + 1] = digits[sum[i] & 15];
  }
  lua_pushlstring(L, hex, sizeof hex);
  return 1;
}

/* --- processes and users ---------------------------------------------------*/

static int sys_getpid(lua_State *L) {
  lua_pushinteger(L, getpid());
  return 1;
}

static int sys_getppid(lua_State *L) {
  lua_pushinteger(L, getppid());
  return 1;
}

static int sys_getuid(lua_State *L) {
  lua_pushinteger(L, getuid());
  return 1;
}

static int sys_getgid(lua_State *L) {
  lua_pushinteger(L, getgid());
  return 1;
}

/* umask(new) -> old */
static int sys_umask(lua_State *L) {
  lua_pushinteger(L, umask((mode_t)bind_checkrange(L, 1, 0, 0777)));
  return 1;
}

/* kill(pid, "TERM" | 0) -> true | nil, message, code; a pid below -1 is a
 * process group. 0 and -1 raise: nobody means every process there is. */
static int sys_kill(lua_State *L) {
  lua_Integer pid = bind_checkrange(L, 1, -INT_MAX, INT_MAX);
  luaL_argcheck(L, pid != 0 && pid != -1, 1, "not a process or group");
  bool probe = lua_isinteger(L, 2) && lua_tointeger(L, 2) == 0;
  int sig = probe ? 0 : signame_check(L, 2);
  if (kill((pid_t)pid, sig) != 0)
    return bind_errno(L, errno, "cannot signal process %d", (int)pid);
  lua_pushboolean(L, 1);
  return 1;
}

static void set_integer(lua_State *L, const char *field, lua_Integer n) {
  lua_pushinteger(L, n);
  lua_setfield(L, -2, field);
}

static int push_passwd(lua_State *L, const struct passwd *p) {
  lua_createtable(L, 0, 5);
  set_integer(L, "uid", p->pw_uid);
  set_integer(L, "gid", p->pw_gid);
  lua_pushstring(L, p->pw_name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, p->pw_dir);
  lua_setfield(L, -2, "home");
  lua_pushstring(L, p->pw_shell);
  lua_setfield(L, -2, "shell");
  return 1;
}

/* The buffer is a userdata, so that an error while pushing frees it. */
static int find_passwd(lua_State *L, const char *name, uid_t uid) {
  struct passwd entry, *found = NULL;
  int err = ERANGE;
  for (size_t size = 1024; err == ERANGE && size <= ENTRY_MAX; size *= 4) {
    char *buf = lua_newuserdatauv(L, size, 0);
    do
      err = name ? getpwnam_r(name, &entry, buf, size, &found)
                 : getpwuid_r(uid, &entry, buf, size, &found);
    while (err == EINTR);
  }
  if (found) return push_passwd(L, found);
  if (err == 0) err = ENOENT;
  if (name) return bind_errno(L, err, "cannot find user '%s'", name);
  return bind_errno(L, err, "cannot find user %u", uid);
}

/* getpwnam(name) -> {name,uid,gid,home,shell} | nil, message, code; ENOENT:
 * no such user */
static int sys_getpwnam(lua_State *L) {
  return find_passwd(L, bind_checktext(L, 1), 0);
}

/* getpwuid(uid) -> as getpwnam */
static int sys_getpwuid(lua_State *L) {
  return find_passwd(L, NULL, (uid_t)bind_checkrange(L, 1, 0, UINT_MAX));
}

static int find_group(lua_State *L, const char *name, gid_t gid) {
  struct group entry, *found = NULL;
  int err = ERANGE;
  for (size_t size = 1024; err == ERANGE && size <= ENTRY_MAX; size *= 4) {
    char *buf = lua_newuserdatauv(L, size, 0);
    do
      err = name ? getgrnam_r(name, &entry, buf, size, &found)
                 : getgrgid_r(gid, &entry, buf, size, &found);
    while (err == EINTR);
  }
  if (found) {
    lua_createtable(L, 0, 2);
    set_integer(L, "gid", found->gr_gid);
    lua_pushstring(L, found->gr_name);
    lua_setfield(L, -2, "name");
    return 1;
  }
  if (err == 0) err = ENOENT;
  if (name) return bind_errno(L, err, "cannot find group '%s'", name);
  return bind_errno(L, err, "cannot find group %u", gid);
}

/* getgrnam(name) -> {name,gid} | nil, message, code; ENOENT: no such group */
static int sys_getgrnam(lua_State *L) {
  return find_group(L, bind_checktext(L, 1), 0);
}

/* getgrgid(gid) -> as getgrnam */
static int sys_getgrgid(lua_State *L) {
  return find_group(L, NULL, (gid_t)bind_checkrange(L, 1, 0, UINT_MAX));
}

/* --- descriptors -----------------------------------------------------------*/

/* isatty(fd) -> boolean */
static int sys_isatty(lua_State *L) {
  lua_pushboolean(L, isatty(bind_checkfd(L, 1)));
  return 1;
}

/* winsize(fd) -> columns, rows | nil, message, code */
static int sys_winsize(lua_State *L) {
  int fd = bind_checkfd(L, 1);
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) != 0)
    return bind_errno(L, errno, "cannot tell the size of descriptor %d", fd);
  lua_pushinteger(L, size.ws_col);
  lua_pushinteger(L, size.ws_row);
  return 2;
}

/* read(fd, max = 65536) -> string, "" at the end | nil, message, code */
static int sys_read(lua_State *L) {
  int fd = bind_checkfd(L, 1);
  size_t max = lua_isnoneornil(L, 2)
                   ? 65536
                   : (size_t)bind_checkrange(L, 2, 1, READ_MAX);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, max);
  ssize_t n = io_read(fd, out, max);
  if (n < 0) return bind_errno(L, errno, "cannot read descriptor %d", fd);
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

/* write(fd, data) -> true when all is written | nil, message, code */
static int sys_write(lua_State *L) {
  int fd = bind_checkfd(L, 1);
  size_t len, done;
  const char *data = luaL_checklstring(L, 2, &len);
  int err = io_write_all(fd, data, len, &done);
  return push_done(L, err, "cannot write");
}

/* close(fd) -> true | nil, message, code; for a number nobody else owns */
static int sys_close(lua_State *L) {
  int fd = (int)bind_checkrange(L, 1, 0, INT_MAX);
  return push_done(L, io_close(&fd), "cannot close");
}

/* setcloexec(fd, on = true) -> true | nil, message, code */
static int sys_setcloexec(lua_State *L) {
  bool on = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  int err = io_set_cloexec(bind_checkfd(L, 1), on);
  return push_done(L, err, "cannot set close-on-exec");
}

/* setnonblock(fd, on = true) -> true | nil, message, code */
static int sys_setnonblock(lua_State *L) {
  bool on = lua_isnoneornil(L, 2) || lua_toboolean(L, 2);
  int err = io_set_nonblock(bind_checkfd(L, 1), on);
  return push_done(L, err, "cannot set nonblocking mode");
}

static const luaL_Reg functions[] = {
    {"chdir", sys_chdir},
    {"close", sys_close},
    {"environ", sys_environ},
    {"executable", sys_executable},
    {"getcwd", sys_getcwd},
    {"getenv", sys_getenv},
    {"getgid", sys_getgid},
    {"getgrgid", sys_getgrgid},
    {"getgrnam", sys_getgrnam},
    {"getpid", sys_getpid},
    {"getppid", sys_getppid},
    {"getpwnam", sys_getpwnam},
    {"getpwuid", sys_getpwuid},
    {"getuid", sys_getuid},
    {"hostname", sys_hostname},
    {"isatty", sys_isatty},
    {"kill", sys_kill},
    {"monotonic", sys_monotonic},
    {"random", sys_random},
    {"read", sys_read},
    {"setcloexec", sys_setcloexec},
    {"setnonblock", sys_setnonblock},
    {"sha256", sys_sha256},
    {"sleep", sys_sleep},
    {"time", sys_time},
    {"umask", sys_umask},
    {"uname", sys_uname},
    {"winsize", sys_winsize},
    {"write", sys_write},
    {NULL, NULL},
};

int luaopen_host_sys(lua_State *L) {
  return bind_module(L, functions);
}
