/* SPDX-License-Identifier: Apache-2.0
 * A growable byte queue for what C libraries and sockets hand over before Lua
 * asks for it. Used by the http and ws bindings. */
#ifndef HOST_BUFFER_H
#define HOST_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
  char *data;
  size_t start, len, cap; /* the content is data[start .. len) */
};

static inline size_t buffer_size(const struct buffer *b) {
  return b->len - b->start;
}

/* Room for `size` more bytes at data + len; false when out of memory. */
bool buffer_reserve(struct buffer *b, size_t size);
bool buffer_append(struct buffer *b, const void *data, size_t size);
void buffer_consume(struct buffer *b, size_t size);
void buffer_free(struct buffer *b);

#endif
