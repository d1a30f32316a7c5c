/* SPDX-License-Identifier: Apache-2.0
 * host.proc.run: one program to its end, fed and read at the same time, so
 * that neither side waits for the other. */
#include "proc.h"

#include "../bind.h"
#include "../io.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define RUN        "host.proc.run"
#define CHUNK      65536
#define MAX_OUTPUT (16 << 20) /* bytes kept of each stream */
#define DRAIN      0.5 /* seconds for output to end once the program has */
#define KILL_WAIT  5.0

enum { IN, OUT, ERR, END, SLOTS };

struct output {
  char *data;
  size_t size, room;
};

/* Everything a run holds besides the process and its pipes. */
struct run {
  struct output outputs[2];
  size_t max;
  bool truncated;
  const char *input; /* anchored in the options */
  size_t input_size;
};

static int run_close(lua_State *L) {
  struct run *r = luaL_checkudata(L, 1, RUN);
  for (int i = 0; i < 2; i++) {
    free(r->outputs[i].data);
    r->outputs[i] = (struct output){NULL, 0, 0};
  }
  return 0;
}

void proc_run_class(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  bind_class(L, RUN, none, run_close);
}

/* --- moving bytes ----------------------------------------------------------*/

static int keep(struct run *r, struct output *o, const char *data, size_t n) {
  if (n > r->max - o->size) {
    n = r->max - o->size;
    r->truncated = true;
  }
  if (n > o->room - o->size) {
    size_t room = o->room ? o->room : CHUNK;
    while (room - o->size < n)
      room *= 2;
    char *grown = realloc(o->data, room);
    if (!grown) return ENOMEM;
    o->data = grown;
    o->room = room;
  }
  if (n) memcpy(o->data + o->size, data, n);
  o->size += n;
  return 0;
}

/* Reads once; closes `*fd` at the end of the stream. */
static int pull(struct run *r, struct output *o, int *fd) {
  char chunk[CHUNK];
  ssize_t n = io_read(*fd, chunk, sizeof chunk);
  if (n < 0) return errno == EAGAIN ? 0 : errno;
  if (n == 0) return io_close(fd);
  return keep(r, o, chunk, (size_t)n);
}

/* Writes what goes; closes `*fd` when all is written. A program that does not
 * want its input is no failure. */
static int push(struct run *r, int *fd) {
  size_t done;
  int err = io_write_all(*fd, r->input, r->input_size, &done);
  r->input += done;
  r->input_size -= done;
  if (err == EAGAIN) return 0;
  if (err == EPIPE) r->input_size = 0;
  io_close(fd);
  return err == EPIPE ? 0 : err;
}

static int move(struct run *r, const struct pollfd *p, int *ends[3]) {
  int err = 0;
  if (ends[IN] && *ends[IN] >= 0 && p[IN].revents) err = push(r, ends[IN]);
  for (int i = OUT; !err && i <= ERR; i++)
    if (ends[i] && *ends[i] >= 0 && p[i].revents)
      err = pull(r, &r->outputs[i - OUT], ends[i]);
  return err;
}

static bool is_open(int *end) {
  return end && *end >= 0;
}

/* Until the program has ended and said all: 0, ETIMEDOUT or another errno.
 * A grandchild may hold the pipes open: then DRAIN is the limit. */
static int pump(struct run *r, struct child *c, int *ends[3], double deadline) {
  bool ended = false;
  for (;;) {
    if (ended && !is_open(ends[OUT]) && !is_open(ends[ERR])) return 0;
    struct pollfd p[SLOTS] = {
        [IN] = {.fd = is_open(ends[IN]) ? *ends[IN] : -1, .events = POLLOUT},
        [OUT] = {.fd = is_open(ends[OUT]) ? *ends[OUT] : -1, .events = POLLIN},
        [ERR] = {.fd = is_open(ends[ERR]) ? *ends[ERR] : -1, .events = POLLIN},
        [END] = {.fd = ended ? -1 : c->pidfd, .events = POLLIN},
    };
    int left = bind_remaining(deadline);
    int n = poll(p, SLOTS, left);
    if (n < 0 && errno != EINTR) return errno;
    if (left == 0) return ended ? 0 : ETIMEDOUT;
    if (n <= 0) continue;
    int err = move(r, p, ends);
    if (err) return err;
    if (p[END].revents) {
      ended = true;
      deadline = bind_deadline(DRAIN);
    }
  }
}

/* --- run -------------------------------------------------------------------*/

static void push_result(lua_State *L, const struct run *r,
                        const struct child *c) {
  static const char *const names[] = {"stdout", "stderr"};
  proc_push_end(L, c);
  for (int i = 0; i < 2; i++) {
    const struct output *o = &r->outputs[i];
    lua_pushlstring(L, o->data ? o->data : "", o->size);
    lua_setfield(L, -2, names[i]);
  }
  lua_pushboolean(L, r->truncated);
  lua_setfield(L, -2, "truncated");
}

static int set_nonblocking(int *ends[3]) {
  int err = 0;
  for (int i = 0; !err && i < 3; i++)
    if (ends[i]) err = io_set_nonblock(*ends[i], true);
  return err;
}

/* The first argument of the command, for messages. */
static int push_failure(lua_State *L, int err, double timeout) {
  lua_getfield(L, 1, "argv");
  lua_rawgeti(L, -1, 1);
  const char *name = lua_tostring(L, -1);
  if (err == ETIMEDOUT)
    return bind_fail(L, "timeout", "cannot run '%s': no end after %g s", name,
                     timeout);
  return bind_errno(L, err, "cannot run '%s'", name);
}

/* run{argv=, env=, cwd=, fds=, stdin=string, stderr="stdout", timeout=none,
 * max_output=16 MiB} -> {code= | signal=, stdout=, stderr=, truncated=}
 * | nil, message, code, and for "timeout" the result as far as it came; the
 * program and its group have been killed then */
int proc_run(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct run *r = bind_box(L, sizeof *r, RUN);
  r->input = bind_optstring(L, 1, "stdin", NULL, &r->input_size);
  double timeout = bind_optnumber(L, 1, "timeout", -1);
  lua_Integer max = bind_optinteger(L, 1, "max_output", MAX_OUTPUT);
  const char *merge = bind_opttext(L, 1, "stderr");
  luaL_argcheck(L, max >= 0, 1, "max_output out of range");
  luaL_argcheck(L, !merge || strcmp(merge, "stdout") == 0, 1,
                "stderr: only \"stdout\" is possible");
  r->max = (size_t)max;
  const struct proc_streams streams = {
      {r->input ? "pipe" : "null", "pipe", merge ? merge : "pipe"}, true};
  struct child *c;
  int *ends[3];
  double deadline = bind_deadline(timeout);
  int failed = proc_push(L, &streams, &c, ends);
  if (failed) return failed;
  int err = set_nonblocking(ends);
  if (!err) err = pump(r, c, ends, deadline);
  for (int i = 0; i < 3; i++)
    if (ends[i]) io_close(ends[i]);
  if (err) child_signal(c, SIGKILL, true);
  int wait_err = child_wait(c, bind_deadline(KILL_WAIT));
  if (!err && wait_err) err = wait_err;
  int results = 1;
  if (err) results = push_failure(L, err, timeout);
  if (!err || err == ETIMEDOUT) push_result(L, r, c);
  child_end(c);
  return err == ETIMEDOUT ? results + 1 : results;
}
