/* SPDX-License-Identifier: Apache-2.0
 * The characters of JSON text (json_text.h). No Lua in this file. */
#include "json_text.h"

static bool is_tail(char byte) {
  return ((unsigned char)byte & 0xc0) == 0x80;
}

struct json_place json_text_place(const struct json_text *t) {
  struct json_place place = {1, 1};
  for (const char *p = t->start; p < t->at; p++) {
    if (*p == '\n') {
      place.line++;
      place.column = 1;
    } else if (!is_tail(*p)) {
      place.column++;
    }
  }
  return place;
}

/* Neither longer than needed, nor a surrogate, nor beyond U+10FFFF. */
size_t json_text_sequence(const struct json_text *t) {
  const unsigned char *p = (const unsigned char *)t->at;
  if (p[0] < 0x80) return 1;
  size_t size = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4 || (size_t)(t->end - t->at) < size) return 0;
  for (size_t i = 1; i < size; i++)
    if (!is_tail(t->at[i])) return 0;
  if (p[0] == 0xe0 && p[1] < 0xa0) return 0;
  if (p[0] == 0xed && p[1] > 0x9f) return 0;
  if (p[0] == 0xf0 && p[1] < 0x90) return 0;
  if (p[0] == 0xf4 && p[1] > 0x8f) return 0;
  return size;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static long read_unit(struct json_text *t) {
  long unit = 0;
  for (int i = 0; i < 4; i++, t->at++) {
    int digit = t->at < t->end ? hex_digit(*t->at) : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

long json_text_escape(struct json_text *t) {
  long high = read_unit(t);
  if (high < 0xd800 || high > 0xdfff) return high;
  if (high > 0xdbff || t->end - t->at < 2 || t->at[0] != '\\' ||
      t->at[1] != 'u')
    return -1;
  t->at += 2;
  long low = read_unit(t);
  if (low < 0xdc00 || low > 0xdfff) return -1;
  return 0x10000 + (high - 0xd800) * 0x400 + (low - 0xdc00);
}

size_t json_text_encode(long code, char utf8[4]) {
  unsigned char *out = (unsigned char *)utf8;
  if (code < 0x80) {
    out[0] = (unsigned char)code;
    return 1;
  }
  size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = size - 1; i > 0; i--, code >>= 6)
    out[i] = (unsigned char)(0x80 | (code & 0x3f));
  out[0] = (unsigned char)(heads[size] | code);
  return size;
}
