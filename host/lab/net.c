/* SPDX-License-Identifier: Apache-2.0
 * host.lab.net: stream sockets of the local model, Unix and IPv4, listening
 * and connected, all nonblocking: the loop waits with host.poll. Described in
 * docs/api/lab/net.lua. A box is an int: the descriptor, -1 when closed. */
#include "../bind.h"
#include "../io.h"
#include "../unixaddr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTENER     "host.lab.net.listener"
#define SOCK         "host.lab.net.sock"
#define READ_DEFAULT 65536
#define READ_MAX     (64 << 20)
#define BACKLOG      128
#define TIMEOUT      10.0 /* seconds, of connect */
#define RETRY_MS     5    /* between tries while a backlog is full */

int luaopen_host_lab_net(lua_State *L);

/* Where to listen or connect; the strings are anchored in the options. */
struct place {
  const char *path; /* NULL: host and port */
  const char *host;
  struct sockaddr_in inet;
};

/* --- helpers ---------------------------------------------------------------*/

static int *push_box(lua_State *L, const char *class) {
  int *box = bind_box(L, sizeof *box, class);
  *box = -1;
  return box;
}

static int check_open(lua_State *L, const char *class) {
  int *box = luaL_checkudata(L, 1, class);
  luaL_argcheck(L, *box >= 0, 1, "socket is closed");
  return *box;
}

static int fail(lua_State *L, int err, const char *what) {
  if (err == EAGAIN) return bind_fail(L, "again", "again");
  return bind_errno(L, err, "cannot %s", what);
}

static int fail_at(lua_State *L, int err, const char *what,
                   const struct place *p) {
  if (p->path) return bind_errno(L, err, "cannot %s '%s'", what, p->path);
  return bind_errno(L, err, "cannot %s %s:%d", what, p->host,
                    ntohs(p->inet.sin_port));
}

/* Closes at once what the failure `err` leaves behind. */
static int fail_closed(lua_State *L, int *box, int err, const char *what,
                       const struct place *p) {
  io_close(box);
  return fail_at(L, err, what, p);
}

static void check_place(lua_State *L, struct place *p) {
  luaL_checktype(L, 1, LUA_TTABLE);
  *p = (struct place){.inet.sin_family = AF_INET};
  p->path = bind_opttext(L, 1, "path");
  p->host = bind_opttext(L, 1, "host");
  lua_Integer port = bind_optinteger(L, 1, "port", 0);
  luaL_argcheck(L, !p->path != !p->host, 1, "path or host expected");
  luaL_argcheck(L, !p->path || *p->path, 1, "path is empty");
  luaL_argcheck(L, port >= 0 && port <= 65535, 1, "port out of range");
  p->inet.sin_port = htons((uint16_t)port);
  if (p->host && inet_pton(AF_INET, p->host, &p->inet.sin_addr) != 1)
    luaL_error(L, "host '%s': IPv4 address expected", p->host);
}

/* Opens a socket for `p`; -1 with errno set. */
static int open_socket(const struct place *p) {
  int family = p->path ? AF_UNIX : AF_INET, on = 1;
  int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0 && family == AF_INET)
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/* --- listening -------------------------------------------------------------*/

/* Whether a server has left its socket file behind; another file, or the
 * socket of a live server, is not ours to remove. A live one answers the
 * datagram probe EPROTOTYPE, and does not notice it. */
static bool is_stale(const struct sockaddr_un *un, socklen_t length) {
  struct stat st;
  if (un->sun_path[0] == '\0') return false;
  if (lstat(un->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) return false;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  int result = connect(fd, (const struct sockaddr *)un, length);
  bool refused = result != 0 && errno == ECONNREFUSED;
  close(fd);
  return refused;
}

static int bind_unix(int fd, const struct sockaddr_un *un, socklen_t length,
                     mode_t mode) {
  const struct sockaddr *address = (const struct sockaddr *)un;
  /* Linux gives the file the socket's own mode: never open to more, not even
   * for a moment. The chmod adds what the umask took. */
  if (fchmod(fd, mode) != 0) return errno;
  if (bind(fd, address, length) != 0) {
    if (errno != EADDRINUSE) return errno;
    if (!is_stale(un, length)) return EADDRINUSE;
    if (unlink(un->sun_path) != 0) return errno;
    if (bind(fd, address, length) != 0) return errno;
  }
  bool named = un->sun_path[0] != '\0';
  return named && chmod(un->sun_path, mode) != 0 ? errno : 0;
}

static int bind_place(int fd, const struct place *p, mode_t mode) {
  if (!p->path) {
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&p->inet, sizeof p->inet) != 0)
      return errno;
    return 0;
  }
  struct sockaddr_un un;
  socklen_t length;
  int dir = -1, err = unixaddr_fill(&un, &length, p->path, &dir);
  if (!err) err = bind_unix(fd, &un, length, mode);
  io_close(&dir);
  return err;
}

/* listen{path= | host=, port=, mode=0600, backlog=} -> Listener
 * | nil, message, code; a path may begin with "@" (abstract), port 0 is any */
static int net_listen(lua_State *L) {
  struct place p;
  check_place(L, &p);
  lua_Integer mode = bind_optinteger(L, 1, "mode", 0600);
  lua_Integer backlog = bind_optinteger(L, 1, "backlog", BACKLOG);
  luaL_argcheck(L, mode >= 0 && mode <= 0777, 1, "mode out of range");
  luaL_argcheck(L, backlog > 0 && backlog <= 65535, 1, "backlog out of range");
  int *box = push_box(L, LISTENER);
  *box = open_socket(&p);
  if (*box < 0) return fail_at(L, errno, "listen at", &p);
  int err = bind_place(*box, &p, (mode_t)mode);
  if (!err && listen(*box, (int)backlog) != 0) err = errno;
  if (err) return fail_closed(L, box, err, "listen at", &p);
  return 1;
}

/* :accept() -> Sock | nil, "again", "again" | nil, message, code */
static int listener_accept(lua_State *L) {
  int fd = check_open(L, LISTENER);
  int *box = push_box(L, SOCK);
  do
    *box = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (*box < 0 && (errno == EINTR || errno == ECONNABORTED));
  return *box < 0 ? fail(L, errno, "accept") : 1;
}

/* :port() -> TCP port | nil, message, code */
static int listener_port(lua_State *L) {
  struct sockaddr_in in;
  socklen_t length = sizeof in;
  int fd = check_open(L, LISTENER);
  if (getsockname(fd, (struct sockaddr *)&in, &length) != 0)
    return fail(L, errno, "tell the port");
  if (in.sin_family != AF_INET)
    return bind_fail(L, "EAFNOSUPPORT", "cannot tell the port: Unix socket");
  lua_pushinteger(L, ntohs(in.sin_port));
  return 1;
}

static int listener_fd(lua_State *L) {
  lua_pushinteger(L, check_open(L, LISTENER));
  return 1;
}

/* :close() -> true, also the second time; a socket file stays */
static int listener_close(lua_State *L) {
  io_close(luaL_checkudata(L, 1, LISTENER));
  lua_pushboolean(L, 1);
  return 1;
}

/* --- connecting ------------------------------------------------------------*/

/* Waits for the end of a connection attempt that is under way. */
static int await_connected(int fd, double deadline) {
  struct pollfd p = {.fd = fd, .events = POLLOUT};
  int left, n, err = 0;
  do {
    left = bind_remaining(deadline);
    n = poll(&p, 1, left);
  } while ((n < 0 && errno == EINTR) || (n == 0 && left != 0));
  if (n < 0) return errno;
  if (n == 0) return ETIMEDOUT;
  socklen_t size = sizeof err;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) ? errno : err;
}

/* A nonblocking connect to a Unix socket never goes on by itself: where the
 * backlog is full one has to try again. */
static int connect_address(int fd, const struct sockaddr *address,
                           socklen_t length, double deadline) {
  for (;;) {
    if (connect(fd, address, length) == 0 || errno == EISCONN) return 0;
    if (errno == EINPROGRESS || errno == EALREADY || errno == EINTR)
      return await_connected(fd, deadline);
    if (errno != EAGAIN) return errno;
    if (bind_remaining(deadline) == 0) return ETIMEDOUT;
    poll(NULL, 0, RETRY_MS);
  }
}

static int connect_place(int fd, const struct place *p, double deadline) {
  if (!p->path)
    return connect_address(fd, (const struct sockaddr *)&p->inet,
                           sizeof p->inet, deadline);
  struct sockaddr_un un;
  socklen_t length;
  int dir = -1, err = unixaddr_fill(&un, &length, p->path, &dir);
  if (!err)
    err = connect_address(fd, (const struct sockaddr *)&un, length, deadline);
  io_close(&dir);
  return err;
}

/* connect{path= | host=, port=, timeout=10} -> Sock | nil, message, code;
 * waits up to `timeout` seconds ("timeout") */
static int net_connect(lua_State *L) {
  struct place p;
  check_place(L, &p);
  double deadline = bind_deadline(bind_optnumber(L, 1, "timeout", TIMEOUT));
  int *box = push_box(L, SOCK);
  *box = open_socket(&p);
  if (*box < 0) return fail_at(L, errno, "connect to", &p);
  int err = connect_place(*box, &p, deadline);
  if (!err) return 1;
  fail_closed(L, box, err, "connect to", &p);
  if (err == ETIMEDOUT) {
    lua_pop(L, 1);
    lua_pushliteral(L, "timeout");
  }
  return 3;
}

/* pair() -> Sock, Sock that speak to each other | nil, message, code */
static int net_pair(lua_State *L) {
  int *a = push_box(L, SOCK), *b = push_box(L, SOCK), fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
    return fail(L, errno, "make a pair of sockets");
  *a = fds[0];
  *b = fds[1];
  return 2;
}

/* adopt(fd) -> Sock that owns the descriptor | nil, message, code */
static int net_adopt(lua_State *L) {
  int fd = (int)bind_checkrange(L, 1, 0, INT_MAX);
  int *box = push_box(L, SOCK);
  int err = io_set_nonblock(fd, true);
  if (!err) err = io_set_cloexec(fd, true);
  if (err) return bind_errno(L, err, "cannot adopt descriptor %d", fd);
  *box = fd;
  return 1;
}

/* --- connected sockets -----------------------------------------------------*/

/* :read(max = 65536) -> string, "" at the end | nil, "again", "again"
 * | nil, message, code */
static int sock_read(lua_State *L) {
  int fd = check_open(L, SOCK);
  size_t max = lua_isnoneornil(L, 2)
                   ? READ_DEFAULT
                   : (size_t)bind_checkrange(L, 2, 1, READ_MAX);
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, max);
  ssize_t n = io_read(fd, out, max);
  if (n < 0) return fail(L, errno, "read from socket");
  luaL_pushresultsize(&b, (size_t)n);
  return 1;
}

/* :write(data, first = 1) -> bytes written from position `first` on, as many
 * as go now | nil, "again", "again" | nil, message, code */
static int sock_write(lua_State *L) {
  int fd = check_open(L, SOCK);
  size_t len;
  const char *data = luaL_checklstring(L, 2, &len);
  lua_Integer first = luaL_optinteger(L, 3, 1);
  luaL_argcheck(L, first >= 1 && first - 1 <= (lua_Integer)len, 3,
                "out of range");
  data += first - 1;
  len -= (size_t)(first - 1);
  ssize_t n;
  do
    n = send(fd, data, len, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n < 0) return fail(L, errno, "write to socket");
  lua_pushinteger(L, (lua_Integer)n);
  return 1;
}

/* :peercred() -> {pid=,uid=,gid=} of who made the other end of a Unix socket
 * | nil, message, code */
static int sock_peercred(lua_State *L) {
  int fd = check_open(L, SOCK);
  struct ucred cred;
  socklen_t size = sizeof cred;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0)
    return fail(L, errno, "tell the peer");
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, cred.pid);
  lua_setfield(L, -2, "pid");
  lua_pushinteger(L, cred.uid);
  lua_setfield(L, -2, "uid");
  lua_pushinteger(L, cred.gid);
  lua_setfield(L, -2, "gid");
  return 1;
}

/* :shutdown() -> true: nothing more will be written | nil, message, code */
static int sock_shutdown(lua_State *L) {
  if (shutdown(check_open(L, SOCK), SHUT_WR) != 0)
    return fail(L, errno, "shut down the socket");
  lua_pushboolean(L, 1);
  return 1;
}

/* :detach() -> the descriptor, now the caller's; the socket is closed */
static int sock_detach(lua_State *L) {
  lua_pushinteger(L, check_open(L, SOCK));
  *(int *)lua_touserdata(L, 1) = -1;
  return 1;
}

static int sock_fd(lua_State *L) {
  lua_pushinteger(L, check_open(L, SOCK));
  return 1;
}

/* :close() -> true, also the second time */
static int sock_close(lua_State *L) {
  io_close(luaL_checkudata(L, 1, SOCK));
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg listener_methods[] = {
    {"accept", listener_accept},
    {"fd", listener_fd},
    {"port", listener_port},
    {NULL, NULL},
};

static const luaL_Reg sock_methods[] = {
    {"detach", sock_detach},
    {"fd", sock_fd},
    {"peercred", sock_peercred},
    {"read", sock_read},
    {"shutdown", sock_shutdown},
    {"write", sock_write},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"adopt", net_adopt},   {"connect", net_connect},
    {"listen", net_listen}, {"pair", net_pair},
    {NULL, NULL},
};

int luaopen_host_lab_net(lua_State *L) {
  bind_class(L, LISTENER, listener_methods, listener_close);
  bind_class(L, SOCK, sock_methods, sock_close);
  return bind_module(L, functions);
}
