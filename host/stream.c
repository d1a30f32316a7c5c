/* SPDX-License-Identifier: Apache-2.0
 * Gob messages over a descriptor; see stream.h. */
#include "stream.h"

#include "bind.h"
#include "unixaddr.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const struct outcome fine = {NULL, NULL, 0};
static const struct outcome gone = {"closed", "connection closed by peer", 0};
static const struct outcome late = {"timeout", "timed out", 0};

struct outcome outcome_protocol(const char *why) {
  return (struct outcome){"protocol", why, 0};
}

struct outcome outcome_errno(int err) {
  if (err == EPIPE || err == ECONNRESET) return gone;
  return (struct outcome){"errno", NULL, err};
}

int stream_open(struct stream *s, int in, int out) {
  s->in = in;
  s->out = out;
  s->open = true;
  int flags[2] = {fcntl(in, F_GETFL), fcntl(out, F_GETFL)};
  if (flags[0] < 0 || flags[1] < 0) return errno;
  if (fcntl(in, F_SETFL, flags[0] | O_NONBLOCK) < 0) return errno;
  if (fcntl(out, F_SETFL, flags[1] | O_NONBLOCK) < 0) return errno;
  return 0;
}

void stream_close(struct stream *s) {
  if (s->open) close(s->in);
  if (s->open && s->out != s->in) close(s->out);
  gob_types_free(&s->types);
  free(s->buf);
  memset(s, 0, sizeof *s);
}

static struct outcome wait_for(int fd, short events, double deadline) {
  struct pollfd p = {fd, events, 0};
  for (;;) {
    int n = poll(&p, 1, bind_remaining(deadline));
    if (n > 0) return fine;
    if (n == 0) return late;
    if (errno != EINTR) return outcome_errno(errno);
  }
}

struct outcome stream_send(struct stream *s, const void *data, size_t len,
                           double deadline) {
  const unsigned char *p = data;
  while (len > 0) {
    ssize_t n = write(s->out, p, len);
    if (n >= 0) {
      p += n;
      len -= (size_t)n;
    } else if (errno == EAGAIN) {
      struct outcome o = wait_for(s->out, POLLOUT, deadline);
      if (o.code) return o;
    } else if (errno != EINTR) {
      return outcome_errno(errno);
    }
  }
  return fine;
}

/* Room for what is missing of `need` bytes, doubled step by step: a length
 * prefix alone must not take memory. */
static bool make_room(struct stream *s, size_t need) {
  if (s->start > 0) {
    memmove(s->buf, s->buf + s->start, s->len - s->start);
    s->len -= s->start;
    s->start = 0;
  }
  if (s->cap > s->len) return true;
  size_t cap = s->cap ? s->cap * 2 : 4096;
  if (cap > need + 4096) cap = need + 4096;
  unsigned char *grown = realloc(s->buf, cap);
  if (!grown) return false;
  s->buf = grown;
  s->cap = cap;
  return true;
}

/* At least `need` bytes from start on. */
static struct outcome fill(struct stream *s, size_t need, double deadline) {
  while (s->len - s->start < need) {
    if (!make_room(s, need)) return outcome_errno(ENOMEM);
    struct outcome o = wait_for(s->in, POLLIN, deadline);
    if (o.code) return o;
    ssize_t n = read(s->in, s->buf + s->len, s->cap - s->len);
    if (n == 0) return gone;
    if (n > 0)
      s->len += (size_t)n;
    else if (errno != EINTR && errno != EAGAIN)
      return outcome_errno(errno);
  }
  return fine;
}

/* The next message; *in points into the buffer until the next call. */
static struct outcome read_message(struct stream *s, struct gob_in *in,
                                   double deadline) {
  size_t prefix = 1;
  uint64_t len = 0;
  for (int known = 0; known == 0;) {
    struct outcome o = fill(s, prefix, deadline);
    if (o.code) return o;
    known =
        gob_message_length(s->buf + s->start, s->len - s->start, &prefix, &len);
    if (known < 0) return outcome_protocol("message length is malformed");
  }
  if (len > STREAM_MAX_MESSAGE)
    return outcome_protocol("message is longer than 64 MiB");
  struct outcome o = fill(s, prefix + (size_t)len, deadline);
  if (o.code) return o;
  in->p = s->buf + s->start + prefix;
  in->end = in->p + len;
  in->error = NULL;
  s->start += prefix + (size_t)len;
  return fine;
}

struct outcome stream_value(struct stream *s, struct gob_in *in, int64_t *id,
                            double deadline) {
  for (;;) {
    struct outcome o = read_message(s, in, deadline);
    if (o.code) return o;
    *id = gob_int(in);
    if (*id < -INT32_MAX) gob_bad(in, "type id out of range");
    if (*id > 0 || in->error) break;
    gob_define(&s->types, in, -*id);
    if (!in->error && in->p != in->end) gob_bad(in, "bytes left over");
    if (in->error) break;
  }
  return in->error ? outcome_protocol(in->error) : fine;
}

static int unix_connect(int fd, const struct sockaddr_un *sa, socklen_t len,
                        double timeout) {
  if (timeout >= 0) { /* applies while the listener's queue is full */
    double whole = timeout < 1e9 ? timeout : 1e9;
    struct timeval tv = {(time_t)whole,
                         (suseconds_t)((whole - (double)(time_t)whole) * 1e6)};
    if (tv.tv_sec == 0 && tv.tv_usec == 0) tv.tv_usec = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) < 0)
      return errno;
  }
  while (connect(fd, (const struct sockaddr *)sa, len) < 0) {
    if (errno == EAGAIN) return ETIMEDOUT;
    if (errno != EINTR) return errno;
  }
  return 0;
}

int stream_connect(struct stream *s, const char *address, double timeout) {
  struct sockaddr_un sa;
  socklen_t len;
  int dir = -1;
  int err = unixaddr_fill(&sa, &len, address, &dir);
  int fd = err ? -1 : socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!err && fd < 0) err = errno;
  if (!err) err = unix_connect(fd, &sa, len, timeout);
  if (dir >= 0) close(dir);
  if (!err) return stream_open(s, fd, fd);
  if (fd >= 0) close(fd);
  return err;
}
