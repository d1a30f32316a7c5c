/* SPDX-License-Identifier: Apache-2.0
 * host.deflate: compresses a string as RFC 1951 has it, and sums it up, for
 * the archives that lua/std/zip.lua writes. A call works in one userdata; each
 * block is of at most 65535 bytes, coded where that is shorter than stored. */
#include "../bind.h"
#include "api.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

enum {
  BLOCK = 65535,  /* what a stored block holds at most */
  WINDOW = 32768, /* how far back a match may lie */
  SHORTEST = 3,   /* of the matches */
  LONGEST = 258,
  CHAINED = 4, /* bytes of which earlier places are kept in a chain */
  NEAR = 4096, /* how far back a match of three bytes may lie */
  HASH_BITS = 15,
  HASHES = 1 << HASH_BITS,
  TRIES = 12, /* earlier places that are looked at */
  FAIR = 8,   /* a match that is improved by few tries only */
  GOOD = 64,  /* a match that is not improved by waiting a byte */
  LITERALS = 286,
  DISTANCES = 30,
  LENGTHS = 19, /* the code of the codes' lengths */
  END = 256,
  STORED = 0,
  DYNAMIC = 2,
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
  int32_t last[HASHES];      /* of three bytes' hash, plus 1 */
  uint16_t back[WINDOW];     /* from a place to the one before it, or 0 */
  uint32_t token[BLOCK + 1]; /* a byte, or length << 16 | distance */
  int tokens;
  uint32_t extra; /* bits that follow the tokens' symbols */
  struct code literal, distance, length;
  uint8_t *out;
  size_t used;
  uint64_t pending; /* bits that are no whole byte yet */
  int pending_bits;
};

/* --- matches ------------------------------------------------------------- */

/* Of the first `n` bytes, 3 or 4. */
static uint32_t hash(const uint8_t *p, int n) {
  uint32_t v = (uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 |
               (uint32_t)p[2] << 24 | (n == 4 ? (uint32_t)p[3] : 0);
  return (v * 2654435761u) >> (32 - HASH_BITS);
}

static void remember(struct deflater *d, int32_t at) {
  if (at + CHAINED > d->size) return;
  uint32_t h = hash(d->in + at, CHAINED);
  int32_t back = at + 1 - d->head[h];
  d->back[at % WINDOW] = (uint16_t)(back < WINDOW ? back : 0);
  d->head[h] = at + 1;
  d->last[hash(d->in + at, SHORTEST)] = at + 1;
}

/* How many bytes are the same, eight at a time, `limit` at most. */
static int same(const uint8_t *p, const uint8_t *q, int limit) {
  int n = 0;
  for (; n + 8 <= limit; n += 8) {
    uint64_t a, b;
    memcpy(&a, p + n, 8);
    memcpy(&b, q + n, 8);
    if (a != b) break;
  }
  while (n < limit && p[n] == q[n])
    n++;
  return n;
}

/* A match of what is at `at`, longer than `best` and not beyond `end`, 0 for
 * none: of three bytes if they were seen lately, else the longest of the last
 * places of four. */
static int find(const struct deflater *d, int32_t at, int32_t end, int best,
                int *distance) {
  int32_t limit = end - at < LONGEST ? end - at : LONGEST;
  if (limit <= best || limit < CHAINED) return 0;
  const uint8_t *p = d->in + at;
  int found = 0, tries = best < FAIR ? TRIES : TRIES / 4;
  int32_t place = d->last[hash(p, SHORTEST)] - 1;
  if (best < SHORTEST && place >= 0 && at - place < NEAR &&
      same(p, d->in + place, SHORTEST) == SHORTEST) {
    best = found = SHORTEST;
    *distance = at - place;
  }
  place = d->head[hash(p, CHAINED)] - 1;
  for (int i = 0; i < tries && place >= 0 && at - place < WINDOW; i++) {
    const uint8_t *q = d->in + place;
    if (q[best] == p[best] && q[best - 1] == p[best - 1]) {
      int n = same(p, q, limit);
      if (n > best) {
        best = found = n;
        *distance = at - place;
        if (n == limit) break;
      }
    }
    int32_t back = d->back[place % WINDOW];
    if (back == 0) break;
    place -= back;
  }
  return found;
}

/* Fills the tokens of a block: a match waits a byte for a longer one. */
static void tokenize(struct deflater *d, int32_t at, int32_t end) {
  int distance = 0, length = find(d, at, end, SHORTEST - 1, &distance);
  d->tokens = 0;
  while (at < end) {
    int later_distance = 0, later = 0;
    remember(d, at);
    if (length < GOOD) {
      int best = length < SHORTEST ? SHORTEST - 1 : length;
      later = find(d, at + 1, end, best, &later_distance);
    }
    if (length == 0 || later > 0) {
      d->token[d->tokens++] = d->in[at++];
      distance = later_distance;
      length = later;
      continue;
    }
    d->token[d->tokens++] = (uint32_t)length << 16 | (uint32_t)distance;
    for (int32_t past = at++ + length; at < past; at++)
      remember(d, at);
    length = find(d, at, end, SHORTEST - 1, &distance);
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

/* The symbols of some weight, in its order. */
static int sort(const uint32_t *weight, int symbols, int *sorted) {
  int n = 0;
  for (int i = 0; i < symbols; i++) {
    if (weight[i] == 0) continue;
    int at = n++;
    for (; at > 0 && weight[sorted[at - 1]] > weight[i]; at--)
      sorted[at] = sorted[at - 1];
    sorted[at] = i;
  }
  return n;
}

/* Lengths by Huffman's algorithm; the longest is returned. The smallest
 * weight is that of the next symbol, or of the oldest sum: they only grow. */
static int huffman(struct code *c, const uint32_t *weight, int symbols) {
  int sorted[LITERALS], parent[2 * LITERALS], depth[2 * LITERALS];
  uint32_t sum[LITERALS];
  int leaves = sort(weight, symbols, sorted);
  int leaf = 0, oldest = 0, sums = 0, longest = 0;
  for (; sums < leaves - 1; sums++) {
    sum[sums] = 0;
    for (int child = 0; child < 2; child++) {
      bool is_leaf = leaf < leaves &&
                     (oldest == sums || weight[sorted[leaf]] <= sum[oldest]);
      sum[sums] += is_leaf ? weight[sorted[leaf]] : sum[oldest];
      parent[is_leaf ? leaf++ : leaves + oldest++] = leaves + sums;
    }
  }
  depth[leaves + sums - 1] = 0;
  for (int i = leaves + sums - 2; i >= 0; i--)
    depth[i] = depth[parent[i]] + 1;
  for (int i = 0; i < leaves; i++) {
    c->length[sorted[i]] = (uint8_t)depth[i];
    if (depth[i] > longest) longest = depth[i];
  }
  return longest;
}

/* Makes a code of at most `limit` bits. Two symbols at least: a code of one
 * would be of no bits, which not every reader takes. */
static void make_code(struct code *c, int symbols, int limit) {
  uint32_t weight[LITERALS];
  int present = 0;
  for (int i = 0; i < symbols; i++) {
    weight[i] = c->count[i];
    present += weight[i] > 0;
  }
  for (int i = 0; present < 2; i++) {
    present += weight[i] == 0;
    weight[i] += weight[i] == 0;
  }
  while (huffman(c, weight, symbols) > limit)
    for (int i = 0; i < symbols; i++)
      if (weight[i]) weight[i] = weight[i] / 2 + 1;
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
  d->extra = 0;
  for (int i = 0; i < d->tokens; i++) {
    uint32_t t = d->token[i];
    if (t < END) {
      d->literal.count[t]++;
      continue;
    }
    d->literal.count[length_symbol((int)(t >> 16), &extra)]++;
    d->extra += (uint32_t)extra;
    d->distance.count[distance_symbol((int)(t & 0xFFFF), &extra)]++;
    d->extra += (uint32_t)extra;
  }
}

/* --- output -------------------------------------------------------------- */

/* At most 32 bits. Eight bytes are written; what is no whole byte stays. */
static void put(struct deflater *d, uint32_t bits, int n) {
  d->pending |= (uint64_t)bits << d->pending_bits;
  d->pending_bits += n;
  uint64_t bytes = htole64(d->pending);
  memcpy(d->out + d->used, &bytes, sizeof bytes);
  d->used += (size_t)d->pending_bits / 8;
  d->pending >>= d->pending_bits & ~7;
  d->pending_bits &= 7;
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

static uint64_t cost_of(const struct code *c, int symbols) {
  uint64_t bits = 0;
  for (int i = 0; i < symbols; i++)
    bits += (uint64_t)c->count[i] * c->length[i];
  return bits;
}

/* The bits that the block takes coded. */
static uint64_t cost(const struct deflater *d) {
  return 3 + 14 + 3 * LENGTHS + d->extra + cost_of(&d->length, LENGTHS) +
         cost_of(&d->literal, LITERALS) + cost_of(&d->distance, DISTANCES);
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

static uint32_t next_crc(uint32_t sum) {
  return (sum & 1 ? 0xEDB88320u : 0) ^ sum >> 1;
}

/* crc_tables[k] is of a byte that k others follow; made at the first use. */
static uint32_t crc_tables[4][256];

static void make_crc_tables(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t sum = i;
    for (int k = 0; k < 8; k++)
      sum = next_crc(sum);
    crc_tables[0][i] = sum;
  }
  for (int k = 1; k < 4; k++)
    for (int i = 0; i < 256; i++) {
      uint32_t before = crc_tables[k - 1][i];
      crc_tables[k][i] = crc_tables[0][before & 0xFF] ^ before >> 8;
    }
}

/* crc32(text) -> integer, that of zip (ISO 3309). Four bytes at a time. */
static int deflate_crc32(lua_State *L) {
  size_t size;
  const uint8_t *p = (const uint8_t *)luaL_checklstring(L, 1, &size);
  uint32_t(*t)[256] = crc_tables;
  uint32_t sum = ~0u;
  if (!t[0][1]) make_crc_tables();
  for (; size >= 4; p += 4, size -= 4) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    sum ^= le32toh(word);
    sum = t[3][sum & 0xFF] ^ t[2][sum >> 8 & 0xFF] ^ t[1][sum >> 16 & 0xFF] ^
          t[0][sum >> 24];
  }
  for (; size > 0; p++, size--)
    sum = t[0][(sum ^ *p) & 0xFF] ^ sum >> 8;
  lua_pushinteger(L, (lua_Integer)~sum);
  return 1;
}

static const luaL_Reg functions[] = {
    {"compress", deflate_compress}, {"crc32", deflate_crc32}, {NULL, NULL}};

int luaopen_host_deflate(lua_State *L) {
  return bind_module(L, functions);
}
