/* SPDX-License-Identifier: Apache-2.0
 * See agent.h. Types of the reply are taken to be those that Juju's agent
 * defines: the fields are known by their order. */
#include "agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void die(const char *what) {
  fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
  exit(1);
}

void put(struct bytes *b, const void *data, size_t len) {
  if (b->len + len > b->cap) {
    b->cap = (b->len + len) * 2;
    b->data = realloc(b->data, b->cap);
    if (!b->data) die("get memory");
  }
  memcpy(b->data + b->len, data, len);
  b->len += len;
}

void put_all(int fd, const char *data, size_t len) {
  while (len > 0) {
    ssize_t n = write(fd, data, len);
    if (n < 0) die("write");
    data += n;
    len -= (size_t)n;
  }
}

int connect_unix(const char *path) {
  struct sockaddr_un sa = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof sa.sun_path) die("use so long a path");
  strcpy(sa.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) < 0)
    die("connect");
  return fd;
}

void agent_open(struct agent *a) {
  const char *path = getenv("JUJU_AGENT_SOCKET_ADDRESS");
  memset(a, 0, sizeof *a);
  a->context = getenv("JUJU_CONTEXT_ID");
  a->dir = "/";
  if (!path || !a->context) die("find the agent in the environment");
  a->fd = connect_unix(path);
}

/* Requests ----------------------------------------------------------------- */

static void put_uint(struct bytes *b, size_t n) {
  unsigned char text[9];
  size_t used = 0;
  if (n < 128) {
    text[0] = (unsigned char)n;
    put(b, text, 1);
    return;
  }
  for (; n > 0; n >>= 8)
    text[8 - used++] = (unsigned char)n;
  text[8 - used] = (unsigned char)(256 - used);
  put(b, text + 8 - used, used + 1);
}

static void put_text(struct bytes *b, int delta, const char *text) {
  put_uint(b, (size_t)delta);
  put_uint(b, strlen(text));
  put(b, text, strlen(text));
}

static const char header_type[] = "\x2e\x7f\x03\x01\x01\x07"
                                  "Request"
                                  "\x01\xff\x80\x00\x01\x02\x01\x0d"
                                  "ServiceMethod"
                                  "\x01\x0c\x00\x01\x03"
                                  "Seq"
                                  "\x01\x06\x00\x00";
static const char body_types[] = "\x5c\xff\x81\x03\x01\x01\x07"
                                 "Request"
                                 "\x01\xff\x82\x00\x01\x06\x01\x09"
                                 "ContextId"
                                 "\x01\x0c\x00\x01\x03"
                                 "Dir"
                                 "\x01\x0c\x00\x01\x0b"
                                 "CommandName"
                                 "\x01\x0c\x00\x01\x04"
                                 "Args"
                                 "\x01\xff\x84\x00\x01\x08"
                                 "StdinSet"
                                 "\x01\x02\x00\x01\x05"
                                 "Stdin"
                                 "\x01\x0a\x00\x00\x00"
                                 "\x16\xff\x83\x02\x01\x01\x08"
                                 "[]string"
                                 "\x01\xff\x84\x00\x01\x0c\x00";

static void put_header(struct agent *a) {
  struct bytes head = {0};
  put(&head, "\xff\x80", 2);
  put_text(&head, 1, "Jujuc.Main");
  if (a->seq > 0) {
    put_uint(&head, 1);
    put_uint(&head, a->seq);
  }
  put(&head, "", 1);
  put_uint(&a->request, head.len);
  put(&a->request, head.data, head.len);
  free(head.data);
}

static void put_body(struct agent *a, char *const *argv, const char *input) {
  struct bytes body = {0};
  size_t count = 0;
  put(&body, "\xff\x82", 2);
  put_text(&body, 1, a->context);
  put_text(&body, 1, a->dir);
  put_text(&body, 1, argv[0]);
  while (argv[count + 1])
    count++;
  if (count > 0) {
    put_uint(&body, 1);
    put_uint(&body, count);
  }
  for (size_t i = 1; i <= count; i++) {
    put_uint(&body, strlen(argv[i]));
    put(&body, argv[i], strlen(argv[i]));
  }
  if (input) {
    put(&body, count > 0 ? "\x01\x01" : "\x02\x01", 2);
    if (*input) put_text(&body, 1, input);
  }
  put(&body, "", 1);
  put_uint(&a->request, body.len);
  put(&a->request, body.data, body.len);
  free(body.data);
}

/* Replies ------------------------------------------------------------------ */

static void need(struct agent *a, size_t len) {
  char more[16384];
  while (a->answer.len < len) {
    ssize_t n = read(a->fd, more, sizeof more);
    if (n <= 0) die("read the agent's answer");
    put(&a->answer, more, (size_t)n);
  }
}

static size_t get_uint(const char *data, size_t *at) {
  unsigned char first = (unsigned char)data[(*at)++];
  size_t n = 0;
  if (first < 128) return first;
  for (int left = 256 - first; left > 0; left--)
    n = n << 8 | (unsigned char)data[(*at)++];
  return n;
}

/* The next message that is a value: where it starts after its type. */
static size_t next_value(struct agent *a, size_t *at) {
  for (;;) {
    size_t from = *at;
    need(a, from + 4); /* no message is shorter */
    size_t len = get_uint(a->answer.data, &from);
    need(a, from + len);
    *at = from + len;
    if ((get_uint(a->answer.data, &from) & 1) == 0) return from;
  }
}

/* Field 0 Code, 1 Stdout, 2 Stderr; of a header: 0, 1 Seq, 2 Error. */
static void read_result(struct agent *a, size_t at, struct reply *r) {
  const char *data = a->answer.data;
  size_t delta;
  for (int number = -1; (delta = get_uint(data, &at)) != 0;) {
    number += (int)delta;
    size_t n = get_uint(data, &at);
    if (number == 0) {
      r->code = (int)(n >> 1);
      continue;
    }
    *(number == 1 ? &r->out : &r->err) = data + at;
    *(number == 1 ? &r->out_len : &r->err_len) = n;
    at += n;
  }
}

struct reply agent_call(struct agent *a, char *const *argv,
                        const char *stdin_text) {
  struct reply r = {0, "", "", 0, 0};
  size_t at = 0;
  a->request.len = a->answer.len = 0;
  if (a->seq == 0) put(&a->request, header_type, sizeof header_type);
  put_header(a);
  if (a->seq == 0) put(&a->request, body_types, sizeof body_types);
  put_body(a, argv, stdin_text);
  put_all(a->fd, a->request.data, a->request.len);
  a->seq++;
  next_value(a, &at); /* the header */
  read_result(a, next_value(a, &at), &r);
  return r;
}
