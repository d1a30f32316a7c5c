/* SPDX-License-Identifier: Apache-2.0
 * host.deflate: compresses a string as RFC 1951 has it, and sums it up, for
 * the archives that lua/std/zip.lua writes. A call works in one userdata; each
 * block is of at most 65535 bytes, coded where that is shorter than stored. */
#include "../bind.h"
#include "api.h"

#include <stdint.h>
#include <string.h>

enum {
  BLOCK = 65535,  /* what a stored block holds at most */
  WINDOW = 32768, /* how far back a match may lie */
  SHORTEST = 3,   /* of the matches */
  LONGEST = 258,
  HASHES = 1 << 15,
  TRIES = 16, /* earlier places that are looked at */
  GOOD = 64,  /* a match that is not improved by waiting a byte */
  LITERALS = 286,
  DISTANCES = 30,
  LENGTHS = 19, /* the code of the codes' lengths */
  END = 256,
  STORED = 0,
  DYNAMIC = 2,
  CRC_STEP = 4, /* bytes that are summed up at once */
};

struct code {
  uint32_t count[LITERALS];
  uint16_t bits[LITERALS];
  uint8_t length[LITERALS];
};

struct deflater {
  const uint8_t *in;
  int32_t size;
  int32_t head[HASHES];      /* last place of a hash, plus 1 */
  int32_t prev[WINDOW];      /* the place before it, plus 1 */
  uint32_t token[BLOCK + 1]; /* a byte, or length << 16 | distance */
  int tokens;
  struct code literal, distance, length;
  uint8_t *out;
  size_t used;
  uint64_t pending; /* bits that are no whole byte yet */
  int pending_bits;
};

/* --- matches ------------------------------------------------------------- */

static uint32_t hash(const uint8_t *p) {
  uint32_t v = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
  return (v * 2654435761u) >> 17;
}

static void remember(struct deflater *d, int32_t at) {
  if (at + SHORTEST > d->size) return;
  uint32_t h = hash(d->in + at);
  d->prev[at % WINDOW] = d->head[h];
  d->head[h] = at + 1;
}

/* How many of the first `limit` bytes are the same, eight at a time. */
static int same(const uint8_t *p, const uint8_t *q, int limit) {
  int n = 0;
  for (; n + 8 <= limit; n += 8) {
    uint64_t a, b;
    memcpy(&a, p + n, sizeof a);
    memcpy(&b, q + n, sizeof b);
    if (a != b) break;
  }
  while (n < limit && p[n] == q[n])
    n++;
  return n;
}

/* The longest match of what is at `at`, not beyond `end`; 0 where none is
 * longer than `least`. */
static int find(const struct deflater *d, int32_t at, int32_t end, int least,
                int *distance) {
  int32_t limit = end - at < LONGEST ? end - at : LONGEST;
  int best = least < SHORTEST ? SHORTEST - 1 : least;
  if (limit <= best) return 0;
  const uint8_t *p = d->in + at;
  int32_t place = d->head[hash(p)] - 1;
  for (int i = 0; i < TRIES && place >= 0 && at - place < WINDOW; i++) {
    const uint8_t *q = d->in + place;
    if (q[best] == p[best] && q[best - 1] == p[best - 1]) {
      int n = same(p, q, limit);
      if (n > best) {
        best = n;
        *distance = at - place;
        if (n == limit) break;
      }
    }
    int32_t before = d->prev[place % WINDOW] - 1;
    if (before >= place) break; /* overwritten since */
    place = before;
  }
  return best < SHORTEST || best == least ? 0 : best;
}

/* Fills the tokens of a block: a match waits a byte for a longer one. */
static void tokenize(struct deflater *d, int32_t at, int32_t end) {
  int distance = 0, length = find(d, at, end, 0, &distance);
  d->tokens = 0;
  while (at < end) {
    int later_distance = 0, later = 0;
    remember(d, at);
    if (length < GOOD) later = find(d, at + 1, end, length, &later_distance);
    if (length == 0 || later > length) {
      d->token[d->tokens++] = d->in[at++];
      distance = later_distance;
      length = later;
      continue;
    }
    d->token[d->tokens++] = (uint32_t)length << 16 | (uint32_t)distance;
    for (int32_t past = at++ + length; at < past; at++)
      remember(d, at);
    length = find(d, at, end, 0, &distance);
  }
}

/* --- codes --------------------------------------------------------------- */

/* v is not 0. */
static int log2_of(unsigned v) {
  return 31 - __builtin_clz(v);
}

/* The symbol of a length, and how many of its low bits follow. */
static int length_symbol(int length, int *extra) {
  int v = length - SHORTEST;
  *extra = 0;
  if (length == LONGEST) return LITERALS - 1;
  if (v < 8) return END + 1 + v;
  int n = log2_of((unsigned)v);
  *extra = n - 2;
  return END + 1 + 4 * (n - 1) + ((v >> (n - 2)) & 3);
}

static int distance_symbol(int distance, int *extra) {
  int v = distance - 1;
  *extra = 0;
  if (v < 4) return v;
  int n = log2_of((unsigned)v);
  *extra = n - 1;
  return 2 * n + ((v >> (n - 1)) & 1);
}

/* Of the nodes that have no parent yet, takes out the one of least weight. */
static int take_least(int *alive, int *count, const uint32_t *weight) {
  int least = 0;
  for (int i = 1; i < *count; i++)
    if (weight[alive[i]] < weight[alive[least]]) least = i;
  int node = alive[least];
  --*count;
  memmove(alive + least, alive + least + 1,
          (size_t)(*count - least) * sizeof *alive);
  return node;
}

/* Lengths by Huffman's algorithm; the longest is returned. Small alphabets:
 * the two smallest weights are simply looked for. */
static int huffman(struct code *c, int symbols) {
  uint32_t weight[2 * LITERALS];
  int parent[2 * LITERALS], alive[LITERALS];
  int nodes = symbols, count = 0, longest = 0;
  memcpy(weight, c->count, (size_t)symbols * sizeof *weight);
  for (int i = 0; i < symbols; i++)
    if (weight[i] > 0) alive[count++] = i;
  while (count > 1) {
    int a = take_least(alive, &count, weight);
    int b = take_least(alive, &count, weight);
    weight[nodes] = weight[a] + weight[b];
    parent[a] = parent[b] = nodes;
    alive[count++] = nodes++;
  }
  for (int i = 0; i < symbols; i++) {
    int n = 0;
    for (int at = i; c->count[i] && at < nodes - 1; at = parent[at])
      n++;
    c->length[i] = (uint8_t)n;
    if (n > longest) longest = n;
  }
  return longest;
}

/* Makes a code of at most `limit` bits. Two symbols at least: a code of one
 * would be of no bits, which not every reader takes. */
static void make_code(struct code *c, int symbols, int limit) {
  int present = 0;
  for (int i = 0; i < symbols; i++)
    present += c->count[i] > 0;
  for (int i = 0; present < 2; i++) {
    present += c->count[i] == 0;
    c->count[i] += c->count[i] == 0;
  }
  while (huffman(c, symbols) > limit)
    for (int i = 0; i < symbols; i++)
      if (c->count[i]) c->count[i] = c->count[i] / 2 + 1;
  uint32_t bits = 0;
  for (int length = 1; length <= limit; length++, bits <<= 1)
    for (int i = 0; i < symbols; i++) {
      if (c->length[i] != length) continue;
      uint32_t reversed = 0;
      for (int k = 0; k < length; k++)
        reversed |= ((bits >> k) & 1u) << (length - 1 - k);
      c->bits[i] = (uint16_t)reversed;
      bits++;
    }
}

static void count(struct deflater *d) {
  int extra;
  memset(&d->literal, 0, sizeof d->literal);
  memset(&d->distance, 0, sizeof d->distance);
  memset(&d->length, 0, sizeof d->length);
  d->literal.count[END] = 1;
  for (int i = 0; i < d->tokens; i++) {
    uint32_t t = d->token[i];
    if (t < END) {
      d->literal.count[t]++;
      continue;
    }
    d->literal.count[length_symbol((int)(t >> 16), &extra)]++;
    d->distance.count[distance_symbol((int)(t & 0xFFFF), &extra)]++;
  }
}

/* --- output -------------------------------------------------------------- */

static void put(struct deflater *d, uint32_t bits, int n) {
  d->pending |= (uint64_t)bits << d->pending_bits;
  d->pending_bits += n;
  while (d->pending_bits >= 8) {
    d->out[d->used++] = (uint8_t)d->pending;
    d->pending >>= 8;
    d->pending_bits -= 8;
  }
}

static void put_symbol(struct deflater *d, const struct code *c, int symbol) {
  put(d, c->bits[symbol], c->length[symbol]);
}

/* The low `extra` bits of v. */
static void put_extra(struct deflater *d, int v, int extra) {
  put(d, (uint32_t)v & ((1u << extra) - 1), extra);
}

static void put_stored(struct deflater *d, int32_t at, int32_t end, bool last) {
  uint32_t n = (uint32_t)(end - at);
  put(d, last, 1);
  put(d, STORED, 2);
  put(d, 0, (8 - d->pending_bits) % 8);
  put(d, n, 16);
  put(d, ~n & 0xFFFF, 16);
  memcpy(d->out + d->used, d->in + at, n);
  d->used += n;
}

static void put_codes(struct deflater *d, bool last) {
  static const uint8_t order[LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
  put(d, last, 1);
  put(d, DYNAMIC, 2);
  put(d, LITERALS - END - 1, 5);
  put(d, DISTANCES - 1, 5);
  put(d, LENGTHS - 4, 4);
  for (int i = 0; i < LENGTHS; i++)
    put(d, d->length.length[order[i]], 3);
  for (int i = 0; i < LITERALS; i++)
    put_symbol(d, &d->length, d->literal.length[i]);
  for (int i = 0; i < DISTANCES; i++)
    put_symbol(d, &d->length, d->distance.length[i]);
}

static void put_tokens(struct deflater *d) {
  for (int i = 0; i < d->tokens; i++) {
    uint32_t t = d->token[i];
    if (t < END) {
      put_symbol(d, &d->literal, (int)t);
      continue;
    }
    int extra, length = (int)(t >> 16), distance = (int)(t & 0xFFFF);
    put_symbol(d, &d->literal, length_symbol(length, &extra));
    put_extra(d, length - SHORTEST, extra);
    put_symbol(d, &d->distance, distance_symbol(distance, &extra));
    put_extra(d, distance - 1, extra);
  }
  put_symbol(d, &d->literal, END);
}

/* The bits that the block takes coded. */
static uint64_t cost(const struct deflater *d) {
  uint64_t bits = 3 + 14 + 3 * LENGTHS;
  int extra = 0;
  for (int i = 0; i < LITERALS; i++)
    bits += d->length.length[d->literal.length[i]];
  for (int i = 0; i < DISTANCES; i++)
    bits += d->length.length[d->distance.length[i]];
  for (int i = 0; i < d->tokens; i++) {
    uint32_t t = d->token[i];
    if (t < END) {
      bits += d->literal.length[t];
      continue;
    }
    bits += d->literal.length[length_symbol((int)(t >> 16), &extra)];
    bits += (uint64_t)extra;
    bits += d->distance.length[distance_symbol((int)(t & 0xFFFF), &extra)];
    bits += (uint64_t)extra;
  }
  return bits + d->literal.length[END];
}

static void put_block(struct deflater *d, int32_t at, int32_t end) {
  bool last = end == d->size;
  tokenize(d, at, end);
  count(d);
  make_code(&d->literal, LITERALS, 15);
  make_code(&d->distance, DISTANCES, 15);
  for (int i = 0; i < LITERALS; i++)
    d->length.count[d->literal.length[i]]++;
  for (int i = 0; i < DISTANCES; i++)
    d->length.count[d->distance.length[i]]++;
  make_code(&d->length, LENGTHS, 7);
  if (cost(d) > (uint64_t)(end - at) * 8) {
    put_stored(d, at, end, last);
    return;
  }
  put_codes(d, last);
  put_tokens(d);
}

/* --- functions ----------------------------------------------------------- */

static int deflate_compress(lua_State *L) {
  size_t size;
  const char *data = luaL_checklstring(L, 1, &size);
  luaL_argcheck(L, size < (size_t)INT32_MAX - BLOCK, 1, "2 GiB or more");

  struct deflater *d = lua_newuserdatauv(L, sizeof *d, 0);
  memset(d, 0, sizeof *d);
  d->in = (const uint8_t *)data;
  d->size = (int32_t)size;
  d->out = lua_newuserdatauv(L, size + (size / BLOCK + 1) * 6 + 16, 0);

  int32_t at = 0;
  do {
    int32_t end = d->size - at < BLOCK ? d->size : at + BLOCK;
    put_block(d, at, end);
    at = end;
  } while (at < d->size);
  put(d, 0, (8 - d->pending_bits) % 8);
  lua_pushlstring(L, (const char *)d->out, d->used);
  return 1;
}

/* table[k][i]: what a byte i adds to the sum when k more bytes follow it. */
static void make_crc_table(uint32_t table[CRC_STEP][256]) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t v = i;
    for (int k = 0; k < 8; k++)
      v = v & 1 ? 0xEDB88320u ^ v >> 1 : v >> 1;
    table[0][i] = v;
  }
  for (int k = 1; k < CRC_STEP; k++)
    for (int i = 0; i < 256; i++) {
      uint32_t v = table[k - 1][i];
      table[k][i] = table[0][v & 0xFF] ^ v >> 8;
    }
}

static int deflate_crc32(lua_State *L) {
  size_t size, i = 0;
  const uint8_t *data = (const uint8_t *)luaL_checklstring(L, 1, &size);
  uint32_t table[CRC_STEP][256], sum = ~0u;
  make_crc_table(table);
  for (; i + CRC_STEP <= size; i += CRC_STEP)
    sum = table[3][(sum ^ data[i]) & 0xFF] ^
          table[2][(sum >> 8 ^ data[i + 1]) & 0xFF] ^
          table[1][(sum >> 16 ^ data[i + 2]) & 0xFF] ^
          table[0][sum >> 24 ^ data[i + 3]];
  for (; i < size; i++)
    sum = table[0][(sum ^ data[i]) & 0xFF] ^ sum >> 8;
  lua_pushinteger(L, (lua_Integer)~sum);
  return 1;
}

static const luaL_Reg functions[] = {
    {"compress", deflate_compress}, {"crc32", deflate_crc32}, {NULL, NULL}};

int luaopen_host_deflate(lua_State *L) {
  return bind_module(L, functions);
}
