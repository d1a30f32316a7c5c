/* SPDX-License-Identifier: Apache-2.0
 * What the fuzz targets share: the entry point that libFuzzer and replay.c
 * call, numbers that depend on the input alone, and how to fail. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline uint64_t fuzz_hash(uint64_t hash, const void *data, size_t size) {
  const uint8_t *p = data;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ p[i]) * 1099511628211u;
  return hash;
}

/* Where an input is cut, from the input itself. */
static inline uint64_t fuzz_seed(const uint8_t *data, size_t size) {
  return fuzz_hash(14695981039346656037u, data, size);
}

static inline uint32_t fuzz_next(uint64_t *state) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*state >> 33);
}

/* Size of the next piece of `left` bytes, one at least. */
static inline size_t fuzz_piece(uint64_t *state, size_t left) {
  uint32_t n = fuzz_next(state);
  size_t most = n & 1 ? 3 : n & 2 ? 20 : left;
  if (most > left) most = left;
  return 1 + (n >> 2) % most;
}

static inline void fuzz_must(int holds, const char *rule) {
  if (holds) return;
  fprintf(stderr, "broken: %s\n", rule);
  abort();
}

#endif
