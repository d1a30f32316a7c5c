/* SPDX-License-Identifier: Apache-2.0
 * WebSocket frames (RFC 6455, 5): a reader that takes bytes as they come and
 * a writer. Strict: what the RFC forbids is an error. Pure; see ws_frame.h. */
#include "ws_frame.h"

#include <string.h>
#include <sys/random.h>

static enum ws_event bad(struct ws_reader *r, const char *why) {
  r->error = why;
  return WS_ERROR;
}

static uint64_t big_endian(const unsigned char *p, size_t n) {
  uint64_t value = 0;
  for (size_t i = 0; i < n; i++)
    value = value << 8 | p[i];
  return value;
}

static bool is_control(enum ws_opcode opcode) {
  return (opcode & 8) != 0;
}

static const char *check_header(const struct ws_reader *r,
                                const struct ws_header *h, int reserved) {
  if (reserved) return "reserved bits are set";
  if (h->opcode > WS_PONG || (h->opcode > WS_BINARY && h->opcode < WS_CLOSE))
    return "unknown frame type";
  if (h->masked != r->from_client)
    return h->masked ? "masked frame from a server"
                     : "unmasked frame from a client";
  if (is_control(h->opcode) && !h->fin) return "fragmented control frame";
  if (is_control(h->opcode) && h->size > WS_CONTROL_MAX)
    return "control frame above 125 bytes";
  if (h->opcode == WS_CLOSE && h->size == 1) return "close frame of one byte";
  if (is_control(h->opcode)) return NULL;
  if (h->opcode == WS_CONTINUATION && !r->fragmented)
    return "continuation of nothing";
  if (h->opcode != WS_CONTINUATION && r->fragmented)
    return "new message inside a fragmented one";
  return NULL;
}

/* One header, or WS_NOTHING while it is not complete; WS_MESSAGE: taken. */
static enum ws_event take_header(struct ws_reader *r) {
  size_t have = buffer_size(&r->in);
  if (have < 2) return WS_NOTHING;
  const unsigned char *p = (unsigned char *)r->in.data + r->in.start;
  struct ws_header h = {.opcode = p[0] & 15,
                        .fin = (p[0] & 0x80) != 0,
                        .masked = (p[1] & 0x80) != 0,
                        .size = p[1] & 127};
  size_t extra = h.size == 126 ? 2 : h.size == 127 ? 8 : 0;
  size_t need = 2 + extra + (h.masked ? 4 : 0);
  if (have < need) return WS_NOTHING;
  uint64_t least = h.size == 126 ? 126 : h.size == 127 ? 65536 : 0;
  if (extra) h.size = big_endian(p + 2, extra);
  if (h.size < least) return bad(r, "length not in its shortest form");
  if (h.size > INT64_MAX) return bad(r, "length above 63 bits");
  if (h.masked) memcpy(h.key, p + 2 + extra, 4);
  const char *why = check_header(r, &h, p[0] & 0x70);
  if (why) return bad(r, why);
  if (!is_control(h.opcode) &&
      h.size > r->max_message - buffer_size(&r->message)) {
    r->too_large = true;
    return bad(r, "message above the limit");
  }
  if (!is_control(h.opcode) && h.opcode != WS_CONTINUATION) r->kind = h.opcode;
  buffer_consume(&r->in, need);
  r->frame = h;
  r->in_frame = true;
  return WS_MESSAGE;
}

static void unmask(char *data, size_t size, const struct ws_header *h) {
  for (size_t i = 0; i < size; i++)
    data[i] = (char)(data[i] ^ h->key[(h->taken + i) & 3]);
}

/* Length of the UTF-8 sequence at p, or 0 when it is none. */
static size_t sequence(const unsigned char *p, size_t left) {
  if (p[0] < 0x80) return 1;
  size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4 || n > left) return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80) return 0;
  if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
      (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
    return 0;
  return n;
}

static bool is_utf8(const struct buffer *b) {
  const unsigned char *p = (unsigned char *)b->data;
  for (size_t at = b->start; at < b->len;) {
    size_t n = sequence(p + at, b->len - at);
    if (n == 0) return false;
    at += n;
  }
  return true;
}

static enum ws_event end_frame(struct ws_reader *r) {
  r->in_frame = false;
  if (is_control(r->frame.opcode)) return WS_CONTROL;
  r->fragmented = !r->frame.fin;
  if (r->fragmented) return WS_NOTHING;
  if (r->kind == WS_TEXT && !is_utf8(&r->message))
    return bad(r, "text that is not UTF-8");
  return WS_MESSAGE;
}

enum ws_event ws_next(struct ws_reader *r) {
  for (;;) {
    if (r->error) return WS_ERROR;
    if (!r->in_frame) {
      enum ws_event taken = take_header(r);
      if (taken != WS_MESSAGE) return taken;
      r->control.start = r->control.len = 0;
    }
    struct ws_header *h = &r->frame;
    struct buffer *to = is_control(h->opcode) ? &r->control : &r->message;
    size_t size = buffer_size(&r->in);
    if (size > h->size - h->taken) size = (size_t)(h->size - h->taken);
    if (!buffer_append(to, size ? r->in.data + r->in.start : NULL, size)) {
      r->no_memory = true;
      return bad(r, "out of memory");
    }
    if (h->masked && size) unmask(to->data + to->len - size, size, h);
    h->taken += size;
    buffer_consume(&r->in, size);
    if (h->taken < h->size) return WS_NOTHING;
    enum ws_event ended = end_frame(r);
    if (ended != WS_NOTHING) return ended;
  }
}

static size_t encode_header(unsigned char *p, enum ws_opcode opcode,
                            uint64_t size, bool mask) {
  size_t extra = size < 126 ? 0 : size < 65536 ? 2 : 8;
  uint64_t first = extra == 0 ? size : extra == 2 ? 126 : 127;
  p[0] = (unsigned char)(0x80 | opcode);
  p[1] = (unsigned char)((mask ? 0x80 : 0) | first);
  for (size_t i = 0; i < extra; i++)
    p[2 + i] = (unsigned char)(size >> (8 * (extra - 1 - i)));
  return 2 + extra;
}

bool ws_encode(struct buffer *out, enum ws_opcode opcode, const void *data,
               size_t size, bool mask) {
  unsigned char header[14];
  struct ws_header h = {.size = size};
  size_t n = encode_header(header, opcode, size, mask);
  if (mask) {
    if (getrandom(h.key, sizeof h.key, 0) != sizeof h.key) return false;
    memcpy(header + n, h.key, sizeof h.key);
    n += sizeof h.key;
  }
  if (!buffer_reserve(out, n + size)) return false;
  buffer_append(out, header, n);
  buffer_append(out, data, size);
  if (mask && size) unmask(out->data + out->len - size, size, &h);
  return true;
}
