/* SPDX-License-Identifier: Apache-2.0
 * host.pq: PostgreSQL by libpq, nonblocking inside so that each call keeps
 * its deadline. Used by lua/pg alone. A Conn owns its connection; no message
 * contains its password. Looking up a host's name may outlast the deadline. */
#include "../bind.h"
#include "api.h"
#include "pq_values.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONN "host.pq.conn"

enum { CANCEL_SECONDS = 2 }; /* how long a cancel request may take */
enum { TEXT_SIZE = 900 };    /* what fits bind_fail's message */

struct conn {
  PGconn *pg;
};

static struct conn *check_conn(lua_State *L) {
  return luaL_checkudata(L, 1, CONN);
}

static void drop(struct conn *c) {
  PQfinish(c->pg);
  c->pg = NULL;
}

static int conn_close(lua_State *L) {
  drop(check_conn(L));
  return 0;
}

static void ignore_notice(void *unused, const char *message) {
  (void)unused;
  (void)message;
}

/* Appends `text` to out as one line: runs of blanks that hold a newline
 * become "; ", the password "***". Cut only where the output ends. */
static void append_clean(char *out, const char *text, const char *password) {
  size_t n = strlen(out), hidden = password ? strlen(password) : 0;
  while (*text && n < TEXT_SIZE - 4) {
    size_t blank = strspn(text, " \t\n");
    if (hidden && strncmp(text, password, hidden) == 0) {
      memcpy(out + n, "***", 3);
      n += 3;
      text += hidden;
    } else if (blank && memchr(text, '\n', blank)) {
      text += blank;
      if (*text && n) {
        memcpy(out + n, "; ", 2);
        n += 2;
      }
    } else {
      out[n++] = *text++;
    }
  }
  out[n] = '\0';
}

/* Finds ":  28P01: " in a verbose message; copies the SQLSTATE, NULL without.
 */
static const char *find_state(const char *text, char state[6]) {
  const char *found = NULL;
  for (const char *s = text; (s = strstr(s, ":  ")) != NULL; s++) {
    size_t i = 0;
    while (i < 5 && (isdigit((unsigned char)s[3 + i]) ||
                     isupper((unsigned char)s[3 + i])))
      i++;
    if (i < 5 || strncmp(s + 8, ": ", 2) != 0) continue;
    memcpy(state, s + 3, 5);
    state[5] = '\0';
    found = state;
  }
  return found;
}

static int fail_connect(lua_State *L, struct conn *c) {
  char text[TEXT_SIZE] = "", state[6];
  const char *message = PQerrorMessage(c->pg);
  const char *code = find_state(message, state);
  append_clean(text, message, PQpass(c->pg));
  char *cut = strstr(text, "; LOCATION:");
  if (cut) *cut = '\0';
  cut = code ? strstr(text, code) : NULL;
  if (cut && cut - text > 1) /* "FATAL:  28P01: why" becomes "FATAL: why" */
    memmove(cut - 1, cut + strlen("28P01: "),
            strlen(cut + strlen("28P01: ")) + 1);
  drop(c);
  return bind_fail(L, code ? code : "connect", "cannot connect: %s", text);
}

/* Waits for the socket: its ready events, 0 when the deadline has passed. */
static short wait_socket(const struct conn *c, short events, double deadline) {
  struct pollfd item = {PQsocket(c->pg), events, 0};
  if (item.fd < 0) return POLLERR; /* poll(2) would wait for nothing */
  for (;;) {
    int n = poll(&item, 1, bind_remaining(deadline));
    if (n > 0) return item.revents;
    if (n == 0) return 0;
    if (errno != EINTR) return POLLERR;
  }
}

/* Drives the connection attempt; false when the deadline has passed. */
static bool drive_connect(struct conn *c, double deadline) {
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (PQstatus(c->pg) == CONNECTION_BAD) return true;
  while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
    short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!wait_socket(c, events, deadline)) return false;
    status = PQconnectPoll(c->pg);
  }
  return true;
}

/* libpq quotes what it could not parse, which may be a password: not shown. */
static bool is_conninfo(const char *text) {
  char *message = NULL;
  PQconninfoOption *options = PQconninfoParse(text, &message);
  PQconninfoFree(options);
  PQfreemem(message);
  return options != NULL;
}

static int pq_connect(lua_State *L) {
  const char *conninfo = luaL_checkstring(L, 1);
  double deadline = bind_deadline(bind_optnumber(L, 2, "timeout", -1));
  const char *keys[] = {"fallback_application_name", "dbname",
                        "client_encoding", NULL};
  const char *values[] = {"charmhost", conninfo, "UTF8", NULL};
  if (strlen(conninfo) != lua_rawlen(L, 1) || !is_conninfo(conninfo))
    return bind_fail(L, "connect",
                     "cannot connect: the connection string is malformed");

  struct conn *c = bind_box(L, sizeof *c, CONN);
  c->pg = PQconnectStartParams(keys, values, 1);
  if (!c->pg) return luaL_error(L, "not enough memory");
  PQsetNoticeProcessor(c->pg, ignore_notice, NULL);
  PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE); /* it has the SQLSTATE */
  if (!drive_connect(c, deadline)) {
    drop(c);
    return bind_fail(L, "timeout", "cannot connect: no answer in time");
  }
  if (PQstatus(c->pg) != CONNECTION_OK || PQsetnonblocking(c->pg, 1) != 0)
    return fail_connect(L, c);
  return 1;
}

/* Asks the server to end the running query. PQcancel blocks without a limit
 * and may be called after fork, so a child with an alarm does it. */
static void cancel_query(const struct conn *c) {
  PGcancel *cancel = PQgetCancel(c->pg);
  char message[256];
  if (!cancel) return;
  pid_t pid = fork();
  if (pid == 0) {
    sigset_t none;
    sigemptyset(&none);
    signal(SIGALRM, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(CANCEL_SECONDS);
    _exit(PQcancel(cancel, message, sizeof message) ? 0 : 1);
  }
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    continue;
  PQfreeCancel(cancel);
}

enum outcome { DONE, TIMED_OUT, BROKEN };

static enum outcome send_all(struct conn *c, double deadline) {
  int pending;
  while ((pending = PQflush(c->pg)) > 0) {
    short ready = wait_socket(c, POLLIN | POLLOUT, deadline);
    if (!ready) return TIMED_OUT;
    if ((ready & ~POLLOUT) && !PQconsumeInput(c->pg)) return BROKEN;
  }
  return pending == 0 ? DONE : BROKEN;
}

static enum outcome await_result(struct conn *c, double deadline) {
  while (PQisBusy(c->pg)) {
    if (!wait_socket(c, POLLIN, deadline)) return TIMED_OUT;
    if (!PQconsumeInput(c->pg)) return BROKEN;
  }
  return DONE;
}

static bool is_error(const PGresult *pg) {
  switch (PQresultStatus(pg)) {
  case PGRES_EMPTY_QUERY:
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
    return false;
  default:
    return true;
  }
}

static bool is_copy(const PGresult *pg) {
  ExecStatusType status = PQresultStatus(pg);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT ||
         status == PGRES_COPY_BOTH;
}

/* Reads to the end of the query; keeps the first error, else the last result.
 * COPY never ends by itself and has no place here: it counts as broken. */
static enum outcome collect(struct conn *c, struct pq_result *result,
                            double deadline) {
  for (;;) {
    enum outcome outcome = await_result(c, deadline);
    if (outcome != DONE) return outcome;
    PGresult *next = PQgetResult(c->pg);
    if (!next) return DONE;
    if (result->pg && is_error(result->pg)) {
      PQclear(next);
    } else {
      PQclear(result->pg);
      result->pg = next;
    }
    if (is_copy(result->pg)) return BROKEN;
  }
}

/* The connection is gone, or unusable: it is closed here. */
static int fail_closed(lua_State *L, struct conn *c,
                       const struct pq_result *result) {
  char text[TEXT_SIZE] = "";
  const char *message = PQresultErrorField(result->pg, PG_DIAG_MESSAGE_PRIMARY);
  if (!message) message = PQerrorMessage(c->pg);
  if (is_copy(result->pg)) message = "COPY is not supported";
  append_clean(text, message, PQpass(c->pg));
  drop(c);
  return bind_fail(L, "closed", "cannot query: the connection is lost: %s",
                   *text ? text : "the protocol is violated");
}

/* The server's own words but the quoted statement, which may hold secrets. */
static int fail_query(lua_State *L, struct conn *c,
                      const struct pq_result *result) {
  static const int fields[] = {PG_DIAG_MESSAGE_PRIMARY, PG_DIAG_MESSAGE_DETAIL,
                               PG_DIAG_MESSAGE_HINT};
  char text[TEXT_SIZE] = "";
  const char *state = PQresultErrorField(result->pg, PG_DIAG_SQLSTATE);
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    const char *field = PQresultErrorField(result->pg, fields[i]);
    if (!field) continue;
    if (*text) append_clean(text, "; ", NULL);
    append_clean(text, field, PQpass(c->pg));
  }
  if (!*text)
    append_clean(text, PQresultErrorMessage(result->pg), PQpass(c->pg));
  return bind_fail(L, state ? state : "protocol", "cannot query: %s", text);
}

static int conn_query(lua_State *L) {
  struct conn *c = check_conn(L);
  const char *sql = luaL_checkstring(L, 2);
  luaL_argcheck(L, strlen(sql) == lua_rawlen(L, 2), 2, "it has a NUL byte");
  double deadline = bind_deadline(bind_optnumber(L, 4, "timeout", -1));
  struct pq_params p = pq_check_params(L, 3);
  if (!c->pg)
    return bind_fail(L, "closed", "cannot query: the connection is closed");

  struct pq_result *result = bind_box(L, sizeof *result, PQ_RESULT);
  if (!PQsendQueryParams(c->pg, sql, p.count, p.types, p.values, p.lengths,
                         p.formats, 0))
    return fail_closed(L, c, result);
  enum outcome outcome = send_all(c, deadline);
  if (outcome != TIMED_OUT) outcome = collect(c, result, deadline);
  if (outcome == TIMED_OUT) {
    cancel_query(c);
    drop(c);
    return bind_fail(L, "timeout", "cannot query: no answer in time");
  }
  if (outcome == BROKEN || PQstatus(c->pg) != CONNECTION_OK || !result->pg)
    return fail_closed(L, c, result);
  if (is_error(result->pg)) return fail_query(L, c, result);

  pq_push_result(L, result);
  PQclear(result->pg);
  result->pg = NULL;
  return 1;
}

/* "idle", "transaction", "failed" (a transaction that can only roll back) or
 * "closed". */
static int conn_status(lua_State *L) {
  const struct conn *c = check_conn(L);
  switch (PQtransactionStatus(c->pg)) {
  case PQTRANS_IDLE:
    lua_pushliteral(L, "idle");
    break;
  case PQTRANS_ACTIVE:
  case PQTRANS_INTRANS:
    lua_pushliteral(L, "transaction");
    break;
  case PQTRANS_INERROR:
    lua_pushliteral(L, "failed");
    break;
  default:
    lua_pushliteral(L, "closed");
  }
  return 1;
}

static int conn_tostring(lua_State *L) {
  const struct conn *c = check_conn(L);
  lua_pushfstring(L, "%s (%s)", CONN, c->pg ? "open" : "closed");
  return 1;
}

/* Marks a string as bytea; as a plain parameter it would be text. */
static int pq_bytes(lua_State *L) {
  size_t size;
  luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size <= INT_MAX, 1, "too long");
  lua_newuserdatauv(L, 0, 1);
  luaL_setmetatable(L, PQ_BYTES);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

static const luaL_Reg methods[] = {
    {"query", conn_query}, {"status", conn_status}, {NULL, NULL}};
static const luaL_Reg functions[] = {
    {"bytes", pq_bytes}, {"connect", pq_connect}, {NULL, NULL}};

int luaopen_host_pq(lua_State *L) {
  luaL_newmetatable(L, PQ_BYTES);
  luaL_newmetatable(L, PQ_RESULT); /* a box, never seen by Lua */
  lua_pushcfunction(L, pq_result_gc);
  lua_setfield(L, -2, "__gc");
  bind_class(L, CONN, methods, conn_close);
  luaL_getmetatable(L, CONN);
  lua_pushcfunction(L, conn_tostring);
  lua_setfield(L, -2, "__tostring");
  return bind_module(L, functions);
}
