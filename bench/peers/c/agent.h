/* SPDX-License-Identifier: Apache-2.0
 * Hook tool calls over the unit agent's socket, as little as will do: for the
 * peers of the benchmark alone. Ends the program where anything is wrong. */
#ifndef BENCH_AGENT_H
#define BENCH_AGENT_H

#include <stddef.h>

struct bytes {
  char *data;
  size_t len, cap;
};

struct reply {
  int code;
  const char *out, *err; /* in the agent's buffer until the next call */
  size_t out_len, err_len;
};

struct agent {
  int fd;
  unsigned seq;
  const char *context, *dir;
  struct bytes request, answer;
};

_Noreturn void die(const char *what);
void put(struct bytes *b, const void *data, size_t len);
void put_all(int fd, const char *data, size_t len);
int connect_unix(const char *path);

/* By JUJU_AGENT_SOCKET_ADDRESS (a path) and JUJU_CONTEXT_ID. */
void agent_open(struct agent *a);
/* argv[0] is the tool. stdin_text may be NULL. */
struct reply agent_call(struct agent *a, char *const *argv,
                        const char *stdin_text);

#endif
