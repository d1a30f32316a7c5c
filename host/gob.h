/* SPDX-License-Identifier: Apache-2.0
 * Go's gob encoding, as much as a net/rpc client needs: writing plain values,
 * and a reader that learns any types from the stream. Used by api/rpc.c; knows
 * nothing of Lua. Errors are sticky: check once after a run of calls. */
#ifndef HOST_GOB_H
#define HOST_GOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ids that every stream starts with; those of other types begin at 64. */
enum gob_basic {
  GOB_BOOL = 1,
  GOB_INT,
  GOB_UINT,
  GOB_FLOAT,
  GOB_BYTES,
  GOB_STRING,
  GOB_COMPLEX,
  GOB_INTERFACE
};

/* Bytes to send. `failed`: memory ran out, what is there is incomplete. */
struct gob_out {
  unsigned char *data;
  size_t len, cap;
  bool failed;
};

void gob_put(struct gob_out *out, const void *data, size_t len);
void gob_put_uint(struct gob_out *out, uint64_t n);
void gob_put_bytes(struct gob_out *out, const void *data, size_t len);
void gob_out_free(struct gob_out *out);

/* A cursor over one message. After the first malformed byte `error` says
 * what is wrong and every read gives zero. */
struct gob_in {
  const unsigned char *p, *end;
  const char *error;
};

struct gob_bytes {
  const unsigned char *data; /* inside the message */
  size_t len;
};

/* Length of the message that starts at data: 1 and *len, which counts after
 * *prefix bytes; 0: more bytes are needed; -1: no length prefix. */
int gob_message_length(const unsigned char *data, size_t avail, size_t *prefix,
                       uint64_t *len);

uint64_t gob_uint(struct gob_in *in);
int64_t gob_int(struct gob_in *in);
struct gob_bytes gob_bytes(struct gob_in *in);
/* The error if there is none yet. */
void gob_bad(struct gob_in *in, const char *error);

/* The types that a stream has defined; zeroed when empty. */
struct gob_types {
  struct gob_type *list;
  size_t count, cap;
  size_t bytes; /* of definitions, against a stream of nothing else */
};

/* Takes in the definition of type `id`, which is the rest of the message. */
void gob_define(struct gob_types *types, struct gob_in *in, int64_t id);
void gob_types_free(struct gob_types *types);

/* Reads over a value of type `id`; `gob_skip_top` over a message's value. */
void gob_skip(const struct gob_types *types, struct gob_in *in, int64_t id);
void gob_skip_top(const struct gob_types *types, struct gob_in *in, int64_t id);

/* A walk over the fields that a struct value holds. */
struct gob_walk {
  const struct gob_type *type;
  int64_t number;
};

struct gob_field {
  char *name;
  size_t len;
  int64_t id; /* of its type */
};

void gob_struct(const struct gob_types *types, struct gob_in *in, int64_t id,
                struct gob_walk *walk);
/* The next field, whose value must then be read or skipped; NULL at the end
 * and after an error. */
const struct gob_field *gob_next(struct gob_in *in, struct gob_walk *walk);
/* Has the field this name? If so its type must be `id`. */
bool gob_is(struct gob_in *in, const struct gob_field *field, const char *name,
            int64_t id);

#endif
