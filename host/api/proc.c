/* SPDX-License-Identifier: Apache-2.0
 * host.proc: other programs, without a shell. Options are read here; what
 * touches the system is in proc_child.c. Described in docs/api/proc.lua. A
 * Process owns its child: closing or losing it ends the child. */
#include "proc.h"

#include "../bind.h"
#include "../io.h"
#include "../signame.h"
#include "api.h"
#include "fs_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROCESS "host.proc.process"

extern char **environ;

static const char *const stream_names[] = {"stdin", "stdout", "stderr"};

/* What is being started: the boxes named here are on the stack. */
struct request {
  struct child_spec spec;
  int *theirs[3]; /* descriptors for the child, ours to close afterwards */
  int *ours[3];   /* our ends of its pipes */
  char path[PATH_MAX];
};

/* --- options ---------------------------------------------------------------*/

static const char *check_string(lua_State *L, int idx, const char *field) {
  size_t len;
  if (lua_type(L, idx) != LUA_TSTRING)
    luaL_error(L, "field '%s': string expected, got %s", field,
               luaL_typename(L, idx));
  const char *s = lua_tolstring(L, idx, &len);
  if (strlen(s) != len)
    luaL_error(L, "field '%s': contains a zero byte", field);
  return s;
}

/* Pushes the list and an array of its strings, which the list anchors: raw
 * access, as what a metamethod makes nothing would hold. */
static char **push_strings(lua_State *L, int list, const char *field) {
  size_t n = lua_rawlen(L, list);
  char **strings = lua_newuserdatauv(L, (n + 1) * sizeof *strings, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, list, (lua_Integer)i + 1);
    strings[i] = (char *)(size_t)check_string(L, -1, field);
    lua_pop(L, 1);
  }
  strings[n] = NULL;
  return strings;
}

static char **push_argv(lua_State *L) {
  lua_getfield(L, 1, "argv");
  if (!lua_istable(L, -1) || lua_rawlen(L, -1) == 0)
    luaL_error(L, "field 'argv': list of strings expected");
  return push_strings(L, lua_gettop(L), "argv");
}

/* Pushes two values in any case; `*path` is the PATH the child sees. */
static char **push_env(lua_State *L, const char **path) {
  *path = getenv("PATH");
  if (lua_getfield(L, 1, "env") == LUA_TNIL) {
    lua_pushnil(L);
    return environ;
  }
  luaL_checktype(L, -1, LUA_TTABLE);
  int env = lua_gettop(L);
  *path = NULL;
  lua_newtable(L);
  lua_Integer n = 0;
  for (lua_pushnil(L); lua_next(L, env) != 0; lua_pop(L, 1)) {
    const char *name = check_string(L, -2, "env");
    const char *value = check_string(L, -1, "env");
    if (!*name || strchr(name, '='))
      luaL_error(L, "field 'env': bad name '%s'", name);
    if (strcmp(name, "PATH") == 0) *path = value;
    lua_pushfstring(L, "%s=%s", name, value);
    lua_rawseti(L, env + 1, ++n);
  }
  return push_strings(L, env + 1, "env");
}

/* The number of the descriptor at the top of the stack. */
static int check_descriptor(lua_State *L, const char *field) {
  int *file = luaL_testudata(L, -1, FS_FILE), ok = 1;
  lua_Integer fd = file ? *file : lua_tointegerx(L, -1, &ok);
  if (!ok || fd < 0 || fd > INT_MAX)
    luaL_error(L, "field '%s': word or open descriptor expected", field);
  return (int)fd;
}

static void check_fds(lua_State *L, struct child_spec *spec) {
  if (lua_getfield(L, 1, "fds") != LUA_TNIL) {
    luaL_checktype(L, -1, LUA_TTABLE);
    int fds = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, fds) != 0; lua_pop(L, 1)) {
      lua_Integer number = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : -1;
      if (number < 3 || number > CHILD_FD_MAX)
        luaL_error(L, "field 'fds': numbers from 3 to %d expected",
                   CHILD_FD_MAX);
      spec->sources[number] = check_descriptor(L, "fds");
    }
  }
  lua_pop(L, 1);
}

/* --- standard streams ------------------------------------------------------*/

static int open_null(lua_State *L, struct request *r, int i) {
  r->theirs[i] = fs_file_push(L);
  *r->theirs[i] = io_open("/dev/null", O_RDWR, 0);
  r->spec.sources[i] = *r->theirs[i];
  return *r->theirs[i] < 0 ? errno : 0;
}

static int open_pipe(lua_State *L, struct request *r, int i, int files) {
  int fds[2];
  r->theirs[i] = fs_file_push(L);
  r->ours[i] = fs_file_push(L);
  lua_setfield(L, files, stream_names[i]);
  if (pipe2(fds, O_CLOEXEC) != 0) return errno;
  *r->theirs[i] = fds[i == 0 ? 0 : 1];
  *r->ours[i] = fds[i == 0 ? 1 : 0];
  r->spec.sources[i] = *r->theirs[i];
  return 0;
}

/* Opens stream `i` as `word` says; leaves what it opened on the stack. */
static int open_stream(lua_State *L, struct request *r, int i, int files,
                       const char *word) {
  if (strcmp(word, "null") == 0) return open_null(L, r, i);
  if (strcmp(word, "pipe") == 0) return open_pipe(L, r, i, files);
  if (strcmp(word, "inherit") == 0) {
    if (fcntl(i, F_GETFD) < 0) return open_null(L, r, i);
    r->spec.sources[i] = i;
    return 0;
  }
  if (i != 2 || strcmp(word, "stdout") != 0)
    luaL_error(L, "field '%s': unknown word '%s'", stream_names[i], word);
  r->spec.sources[2] = r->spec.sources[1];
  return 0;
}

static int open_streams(lua_State *L, struct request *r, int files,
                        const struct proc_streams *streams) {
  int err = 0;
  for (int i = 0; !err && i < 3; i++) {
    const char *word = streams->words[i];
    if (!word) {
      int type = lua_getfield(L, 1, stream_names[i]);
      if (type == LUA_TNIL)
        word = i == 0 ? "null" : "inherit";
      else if (type == LUA_TSTRING)
        word = check_string(L, -1, stream_names[i]);
      else
        r->spec.sources[i] = check_descriptor(L, stream_names[i]);
    }
    if (word) err = open_stream(L, r, i, files, word);
  }
  return err;
}

/* --- starting --------------------------------------------------------------*/

static int start(struct request *r, struct child *child, const char *path) {
  int err = child_find(r->spec.argv[0], path, r->path, sizeof r->path);
  r->spec.path = r->path;
  return err ? err : child_start(child, &r->spec);
}

static void close_all(int *files[3]) {
  for (int i = 0; i < 3; i++)
    if (files[i]) io_close(files[i]);
}

static int push_failure(lua_State *L, const struct request *r, int err) {
  if (r->spec.cwd)
    return bind_errno(L, err, "cannot run '%s' in '%s'", r->spec.argv[0],
                      r->spec.cwd);
  return bind_errno(L, err, "cannot run '%s'", r->spec.argv[0]);
}

int proc_push(lua_State *L, const struct proc_streams *streams,
              struct child **child, int *ends[3]) {
  struct request r = {0};
  const char *path;
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkstack(L, LUA_MINSTACK, "process options");
  for (int i = 0; i <= CHILD_FD_MAX; i++)
    r.spec.sources[i] = -1;
  r.spec.argv = push_argv(L);
  r.spec.env = push_env(L, &path);
  r.spec.cwd = bind_opttext(L, 1, "cwd");
  r.spec.terminal = bind_optbool(L, 1, "terminal", false);
  r.spec.session = bind_optbool(L, 1, "session", false) || r.spec.terminal;
  r.spec.group = bind_optbool(L, 1, "group", false) || streams->group;
  check_fds(L, &r.spec);
  *child = bind_box(L, sizeof **child, PROCESS);
  int process = lua_gettop(L);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, process, 1);
  int err = open_streams(L, &r, process + 1, streams);
  if (!err) err = start(&r, *child, path);
  close_all(r.theirs);
  if (err) {
    close_all(r.ours);
    return push_failure(L, &r, err);
  }
  memcpy(ends, r.ours, sizeof r.ours);
  lua_settop(L, process);
  return 0;
}

/* spawn{argv=, env=, cwd=, stdin="null", stdout="inherit", stderr="inherit",
 * group=false, session=false, terminal=false, fds={[number]=fd}} -> Process
 * | nil, message, code (of exec too: ENOENT, EACCES, ENOEXEC) */
static int proc_spawn(lua_State *L) {
  static const struct proc_streams as_told = {{NULL, NULL, NULL}, false};
  struct child *child;
  int *ends[3];
  int failed = proc_push(L, &as_told, &child, ends);
  return failed ? failed : 1;
}

/* --- Process ---------------------------------------------------------------*/

static struct child *check_child(lua_State *L) {
  struct child *c = luaL_checkudata(L, 1, PROCESS);
  luaL_argcheck(L, c->pid != 0, 1, "process is closed");
  return c;
}

void proc_push_end(lua_State *L, const struct child *child) {
  lua_createtable(L, 0, 4);
  if (child->signal) {
    signame_push(L, child->signal);
    lua_setfield(L, -2, "signal");
  } else {
    lua_pushinteger(L, child->code);
    lua_setfield(L, -2, "code");
  }
}

/* :pid() -> process number */
static int process_pid(lua_State *L) {
  lua_pushinteger(L, check_child(L)->pid);
  return 1;
}

/* :pidfd() -> descriptor, readable when the process has ended */
static int process_pidfd(lua_State *L) {
  lua_pushinteger(L, check_child(L)->pidfd);
  return 1;
}

static int push_stream(lua_State *L, const char *name) {
  luaL_checkudata(L, 1, PROCESS);
  lua_getiuservalue(L, 1, 1);
  if (lua_istable(L, -1)) lua_getfield(L, -1, name);
  return 1;
}

/* :stdin(), :stdout(), :stderr() -> File, our end of a pipe, or nil */
static int process_stdin(lua_State *L) {
  return push_stream(L, "stdin");
}

static int process_stdout(lua_State *L) {
  return push_stream(L, "stdout");
}

static int process_stderr(lua_State *L) {
  return push_stream(L, "stderr");
}

/* :wait(timeout = none) -> {code=} or {signal="KILL"}, each time again
 * | nil, message, "timeout" or another code */
static int process_wait(lua_State *L) {
  struct child *c = check_child(L);
  double timeout = luaL_optnumber(L, 2, -1);
  luaL_argcheck(L, timeout == timeout, 2, "not a number");
  int err = child_wait(c, bind_deadline(timeout));
  if (err == ETIMEDOUT)
    return bind_fail(L, "timeout", "cannot wait for process %d: still running",
                     (int)c->pid);
  if (err) return bind_errno(L, err, "cannot wait for process %d", (int)c->pid);
  proc_push_end(L, c);
  return 1;
}

/* :kill(signal = "TERM", group = false) -> true | nil, message, code; ESRCH
 * once wait has told the end: the number may be another's by then */
static int process_kill(lua_State *L) {
  struct child *c = check_child(L);
  int number = lua_isnoneornil(L, 2) ? SIGTERM : signame_check(L, 2);
  bool group = lua_toboolean(L, 3);
  luaL_argcheck(L, !group || c->leads, 3, "process leads no group");
  int err = child_signal(c, number, group);
  if (err) return bind_errno(L, err, "cannot signal process %d", (int)c->pid);
  lua_pushboolean(L, 1);
  return 1;
}

/* :detach() -> true; the process goes on when this handle, or this program,
 * is gone */
static int process_detach(lua_State *L) {
  child_release(check_child(L));
  lua_pushboolean(L, 1);
  return 1;
}

/* :close() -> true, also the second time; kills what still runs, with its
 * group. The pipes are files of their own. */
static int process_close(lua_State *L) {
  child_end(luaL_checkudata(L, 1, PROCESS));
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg methods[] = {
    {"detach", process_detach},
    {"kill", process_kill},
    {"pid", process_pid},
    {"pidfd", process_pidfd},
    {"stderr", process_stderr},
    {"stdin", process_stdin},
    {"stdout", process_stdout},
    {"wait", process_wait},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"run", proc_run},
    {"spawn", proc_spawn},
    {NULL, NULL},
};

int luaopen_host_proc(lua_State *L) {
  struct sigaction chld;
  /* Ignored (our parent may have left it so), children would be reaped by
   * the kernel and their ends lost. */
  if (sigaction(SIGCHLD, NULL, &chld) == 0 && chld.sa_handler == SIG_IGN)
    signal(SIGCHLD, SIG_DFL);
  fs_file_class(L);
  bind_class(L, PROCESS, methods, process_close);
  proc_run_class(L);
  return bind_module(L, functions);
}
