/* SPDX-License-Identifier: Apache-2.0
 * The stream under api/rpc.c: gob messages over a descriptor, with deadlines
 * and limits; and how to reach the agent's Unix socket. Knows nothing of Lua
 * nor of what the values mean. Owns the descriptors once opened. */
#ifndef HOST_STREAM_H
#define HOST_STREAM_H

#include "gob.h"

#define STREAM_MAX_MESSAGE ((size_t)64 << 20)

struct stream {
  bool open;
  int in, out; /* the same descriptor, or two pipes */
  struct gob_types types;
  unsigned char *buf; /* received, from start to len not yet used */
  size_t start, len, cap;
};

/* How an operation ended; `why` is for people. */
struct outcome {
  const char *code; /* NULL: well; "errno", "closed", "timeout", "protocol" */
  const char *why;
  int err; /* errno, when `code` is "errno" */
};

struct outcome outcome_protocol(const char *why);
struct outcome outcome_errno(int err);

/* Takes over the descriptors, also when it fails. Returns 0 or errno. */
int stream_open(struct stream *s, int in, int out);
/* The same for a new connection to a path, or to an abstract "@name". */
int stream_connect(struct stream *s, const char *address, double timeout);
void stream_close(struct stream *s);

struct outcome stream_send(struct stream *s, const void *data, size_t len,
                           double deadline);
/* The next value's message, after its type id; type definitions are taken in
 * on the way. *in points into the stream's buffer until the next call. */
struct outcome stream_value(struct stream *s, struct gob_in *in, int64_t *id,
                            double deadline);

#endif
