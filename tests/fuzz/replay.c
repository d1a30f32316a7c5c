/* SPDX-License-Identifier: Apache-2.0
 * A fuzz target without libFuzzer: each seed, then changed ones, the same on
 * every machine. usage: TARGET TALLY SEED... (`make unit` runs it.) */
#include "fuzz.h"

#include <string.h>

#define MOST   4096 /* bytes of an input */
#define ROUNDS 5000 /* changed inputs of each seed */

/* Changes some bytes, takes some out or doubles some. */
static size_t change(uint8_t *data, size_t size, uint64_t *random) {
  for (uint32_t n = fuzz_next(random) % 4 + 1; n > 0 && size > 0; n--) {
    size_t at = fuzz_next(random) % size;
    size_t run = fuzz_piece(random, size - at);
    switch (fuzz_next(random) % 4) {
    case 0:
      data[at] = (uint8_t)fuzz_next(random);
      break;
    case 1:
      data[at] ^= (uint8_t)(1u << fuzz_next(random) % 8);
      break;
    case 2:
      memmove(data + at, data + at + run, size - at - run);
      size -= run;
      break;
    default:
      if (size + run > MOST) break;
      memmove(data + at + run, data + at, size - at);
      size += run;
    }
  }
  return size;
}

/* The target has a block of just the input's size. */
static void try_input(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  fuzz_must(copy != NULL, "there is memory");
  memcpy(copy, data, size);
  LLVMFuzzerTestOneInput(copy, size);
  free(copy);
}

static void replay(const char *path) {
  static uint8_t seed[MOST], data[MOST];
  FILE *file = fopen(path, "rb");
  fuzz_must(file != NULL, path);
  size_t size = fread(seed, 1, MOST, file);
  fclose(file);
  uint64_t random = fuzz_seed(seed, size);
  try_input(seed, size);
  for (int i = 0; i < ROUNDS; i++) {
    memcpy(data, seed, size);
    try_input(data, change(data, size, &random));
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  for (int i = 2; i < argc; i++)
    replay(argv[i]);
  FILE *tally = fopen(argv[1], "a");
  if (!tally) return 2;
  fprintf(tally, "1 0 0\n");
  return fclose(tally) == 0 ? 0 : 1;
}
