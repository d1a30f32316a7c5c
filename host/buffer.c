/* SPDX-License-Identifier: Apache-2.0
 * A growable byte queue; see buffer.h. */
#include "buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool buffer_reserve(struct buffer *b, size_t size) {
  if (b->start > 0 && b->len + size > b->cap) {
    memmove(b->data, b->data + b->start, buffer_size(b));
    b->len -= b->start;
    b->start = 0;
  }
  if (size > SIZE_MAX / 2 - b->len) return false;
  if (b->len + size <= b->cap) return true;
  size_t cap = b->cap ? b->cap : 512;
  while (cap < b->len + size)
    cap *= 2;
  char *grown = realloc(b->data, cap);
  if (!grown) return false;
  b->data = grown;
  b->cap = cap;
  return true;
}

bool buffer_append(struct buffer *b, const void *data, size_t size) {
  if (size == 0) return true;
  if (!buffer_reserve(b, size)) return false;
  memcpy(b->data + b->len, data, size);
  b->len += size;
  return true;
}

void buffer_consume(struct buffer *b, size_t size) {
  b->start += size;
  if (b->start == b->len) b->start = b->len = 0;
}

void buffer_free(struct buffer *b) {
  free(b->data);
  *b = (struct buffer){0};
}
