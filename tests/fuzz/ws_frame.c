/* SPDX-License-Identifier: Apache-2.0
 * Fuzzes the WebSocket frame reader: any bytes give the same however they are
 * cut, no message breaks its limits, and what is encoded is read back. */
#include "../../host/api/ws_frame.h"

#include "fuzz.h"

#include <stdbool.h>
#include <string.h>

#define SMALL 100 /* a limit that inputs reach */

/* All that a reader told about a stream. */
struct told {
  uint64_t hash;
  size_t events, left, partial;
  bool in_frame, fragmented;
  const char *error;
};

/* Is it UTF-8? Not as the reader does it: decodes and encodes again. */
static bool is_text(const uint8_t *p, size_t size) {
  while (size > 0) {
    uint32_t c = p[0];
    size_t n = c < 0x80 ? 1 : c < 0xc0 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (n == 0 || n > size || c > 0xf7) return false;
    if (n > 1) c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
      if (p[i] >> 6 != 2) return false;
      c = c << 6 | (p[i] & 63u);
    }
    size_t least = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (least != n || c > 0x10ffff || c >> 11 == 0xd800 >> 11) return false;
    p += n;
    size -= n;
  }
  return true;
}

static const uint8_t *content(const struct buffer *b) {
  return (const uint8_t *)(b->data ? b->data + b->start : "");
}

/* The bytes come in a block of just their size, so that ASan sees a read
 * behind them. */
static void feed(struct ws_reader *r, const uint8_t *data, size_t size) {
  size_t old = buffer_size(&r->in);
  char *block = malloc(old + size);
  fuzz_must(block != NULL, "there is memory");
  memcpy(block, content(&r->in), old);
  memcpy(block + old, data, size);
  free(r->in.data);
  r->in = (struct buffer){block, 0, old + size, old + size};
}

static void note(struct told *t, int kind, const struct buffer *b) {
  size_t size = buffer_size(b);
  t->events++;
  t->hash = fuzz_hash(t->hash, &kind, sizeof kind);
  t->hash = fuzz_hash(t->hash, &size, sizeof size);
  t->hash = fuzz_hash(t->hash, content(b), size);
}

/* All events that what was fed makes; false after an error. */
static bool drain(struct ws_reader *r, struct told *t) {
  for (;;) {
    switch (ws_next(r)) {
    case WS_NOTHING:
      fuzz_must(buffer_size(&r->message) <= r->max_message, "the limit holds");
      return true;
    case WS_ERROR:
      fuzz_must(r->error != NULL && !r->no_memory, "an error says why");
      return false;
    case WS_MESSAGE:
      note(t, (int)r->kind, &r->message);
      fuzz_must(buffer_size(&r->message) <= r->max_message, "the limit holds");
      fuzz_must(r->kind == WS_BINARY || r->kind == WS_TEXT, "kind is known");
      fuzz_must(r->kind != WS_TEXT ||
                    is_text(content(&r->message), buffer_size(&r->message)),
                "text is UTF-8");
      r->message.start = r->message.len = 0;
      break;
    case WS_CONTROL:
      note(t, (int)r->frame.opcode, &r->control);
      fuzz_must(buffer_size(&r->control) <= WS_CONTROL_MAX,
                "control frames are small");
      break;
    }
  }
}

/* Reads a stream from one kind of peer, at once when there is no seed. */
static struct told read_all(const uint8_t *data, size_t size, bool from_client,
                            uint64_t max, uint64_t seed) {
  struct ws_reader r = {.from_client = from_client, .max_message = max};
  struct told t = {0};
  bool more = true;
  while (size > 0 && more) {
    size_t n = seed ? fuzz_piece(&seed, size) : size;
    feed(&r, data, n);
    more = drain(&r, &t);
    data += n;
    size -= n;
  }
  t.error = r.error;
  t.partial = buffer_size(&r.message);
  t.in_frame = r.in_frame;
  t.fragmented = r.fragmented;
  t.left = more ? buffer_size(&r.in) : 0;
  buffer_free(&r.in);
  buffer_free(&r.message);
  buffer_free(&r.control);
  return t;
}

static struct told both_ways(const uint8_t *data, size_t size, bool from_client,
                             uint64_t max, uint64_t seed) {
  struct told a = read_all(data, size, from_client, max, 0);
  struct told b = read_all(data, size, from_client, max, seed);
  fuzz_must(a.hash == b.hash && a.events == b.events, "cuts change no event");
  fuzz_must(a.error == b.error, "cuts change no error");
  fuzz_must(a.error || (a.in_frame == b.in_frame && a.left == b.left &&
                        a.fragmented == b.fragmented && a.partial == b.partial),
            "cuts change no state");
  return a;
}

/* What one side encodes, the other reads, and then the frame behind it. */
static void round_trip(enum ws_opcode opcode, const uint8_t *data, size_t size,
                       uint64_t seed) {
  struct buffer out = {0}, ping = {0};
  struct buffer same = {(char *)(uintptr_t)data, 0, size, size};
  struct told want = {0};
  bool mask = seed >> 40 & 1;
  fuzz_must(ws_encode(&out, opcode, data, size, mask) &&
                ws_encode(&out, WS_PING, NULL, 0, mask),
            "frames can be made");
  bool legal = opcode == WS_BINARY || opcode == WS_PING ||
               (opcode == WS_TEXT && is_text(data, size)) ||
               (opcode == WS_CLOSE && size != 1);
  if (legal) note(&want, (int)opcode, &same);
  if (legal) note(&want, WS_PING, &ping);
  struct told got =
      both_ways(content(&out), buffer_size(&out), mask, size, seed);
  fuzz_must(!got.error == legal, "what is legal is taken, and only that");
  fuzz_must(got.hash == want.hash && got.events == want.events,
            "an encoded frame is read back");
  buffer_free(&out);
}

/* Lengths above 16 bits, now and then. */
static void long_trip(uint64_t seed) {
  static uint8_t zeros[66000];
  round_trip(WS_BINARY, zeros, 65400 + (seed >> 20) % 500, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const enum ws_opcode opcodes[] = {WS_BINARY, WS_TEXT, WS_PING,
                                           WS_CLOSE};
  uint64_t seed = fuzz_seed(data, size) | 1;
  bool small = seed >> 41 & 1;
  for (int role = 0; role < 2; role++)
    both_ways(data, size, role == 1, small ? SMALL : 1 << 20, seed);
  enum ws_opcode opcode = opcodes[seed >> 42 & 3];
  if (size <= WS_CONTROL_MAX || opcode < WS_CLOSE)
    round_trip(opcode, data, size, seed);
  if ((seed >> 44 & 2047) == 0) long_trip(seed);
  return 0;
}
