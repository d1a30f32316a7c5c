/* SPDX-License-Identifier: Apache-2.0
 * host.lab.signals: signals as something to read, for the loop. Described in
 * docs/api/lab/signals.lua. The handle owns a signalfd and the signals that
 * it blocked. */
#include "../bind.h"
#include "../io.h"
#include "../signame.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define SIGNALS "host.lab.signals"

int luaopen_host_lab_signals(lua_State *L);

struct signals {
  int fd;       /* -1 when closed */
  sigset_t own; /* those that nobody had blocked before */
};

static struct signals *check_open(lua_State *L) {
  struct signals *s = luaL_checkudata(L, 1, SIGNALS);
  luaL_argcheck(L, s->fd >= 0, 1, "signals are closed");
  return s;
}

static void check_names(lua_State *L, sigset_t *set) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 1);
  sigemptyset(set);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_geti(L, 1, i);
    int number = signame_check(L, -1);
    luaL_argcheck(L, number != SIGKILL && number != SIGSTOP, 1,
                  "KILL and STOP cannot be blocked");
    sigaddset(set, number);
    lua_pop(L, 1);
  }
}

/* block{"TERM", "CHLD", ...} -> Signals | nil, message, code */
static int signals_block(lua_State *L) {
  sigset_t set, old;
  check_names(L, &set);
  struct signals *s = bind_box(L, sizeof *s, SIGNALS);
  s->fd = -1;
  s->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (s->fd < 0) return bind_errno(L, errno, "cannot open a signalfd");
  if (sigprocmask(SIG_BLOCK, &set, &old) != 0) {
    int err = errno;
    io_close(&s->fd);
    return bind_errno(L, err, "cannot block signals");
  }
  for (int i = 1; i < NSIG; i++)
    if (sigismember(&set, i) == 1 && sigismember(&old, i) == 0)
      sigaddset(&s->own, i);
  return 1;
}

/* :read() -> names of the signals that came, {} when none did
 * | nil, message, code */
static int signals_read(lua_State *L) {
  struct signals *s = check_open(L);
  struct signalfd_siginfo info;
  lua_newtable(L);
  for (lua_Integer i = 1;; i++) {
    ssize_t n = io_read(s->fd, &info, sizeof info);
    if (n < 0 && errno == EAGAIN) return 1;
    if (n < 0) return bind_errno(L, errno, "cannot read signals");
    if (n != (ssize_t)sizeof info)
      return bind_fail(L, "EIO", "cannot read signals: short read");
    signame_push(L, (int)info.ssi_signo);
    lua_rawseti(L, -2, i);
  }
}

/* :fd() -> descriptor, readable when a signal came */
static int signals_fd(lua_State *L) {
  lua_pushinteger(L, check_open(L)->fd);
  return 1;
}

/* :close() -> true, also the second time. Signals nobody has read are
 * dropped: unblocking them would strike now. */
static int signals_close(lua_State *L) {
  struct signals *s = luaL_checkudata(L, 1, SIGNALS);
  struct signalfd_siginfo info;
  if (s->fd >= 0) {
    while (io_read(s->fd, &info, sizeof info) > 0)
      continue;
    sigprocmask(SIG_UNBLOCK, &s->own, NULL);
    io_close(&s->fd);
  }
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg methods[] = {
    {"fd", signals_fd},
    {"read", signals_read},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"block", signals_block},
    {NULL, NULL},
};

int luaopen_host_lab_signals(lua_State *L) {
  bind_class(L, SIGNALS, methods, signals_close);
  return bind_module(L, functions);
}
