/* SPDX-License-Identifier: Apache-2.0
 * See alloc.h. Lua tells a block's size when it gives it back, so that blocks
 * need no header. Under the sanitizers every block is malloc's own, so that
 * its misuse is seen. */
#include "alloc.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__

lua_State *alloc_state(void) {
  return luaL_newstate();
}

#else

enum {
  UNIT = 16,          /* small sizes are rounded up to it, blocks aligned */
  SMALL = 1024,       /* larger sizes are rounded up to a power of two */
  LARGEST = 32768,    /* the largest block that is cut from a piece */
  PIECE = 256 * 1024, /* taken from the system at once */
  LISTS = SMALL / UNIT + 5,
};

struct alloc {
  void *lists[LISTS]; /* free blocks by size; each holds the next */
  char *from, *to;    /* what is left of the last piece */
};

/* The list for a size, and how large its blocks are. */
static size_t list_of(size_t size, size_t *whole) {
  if (size <= SMALL) {
    *whole = (size + UNIT - 1) / UNIT * UNIT;
    return *whole / UNIT - 1;
  }
  size_t list = SMALL / UNIT;
  for (*whole = SMALL * 2; *whole < size; *whole *= 2)
    list++;
  return list;
}

/* Its pages are there at once: one call in the place of a fault for each. */
static char *new_piece(void) {
  void *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return piece == MAP_FAILED ? NULL : piece;
}

static void *take(struct alloc *a, size_t size) {
  size_t whole, list = list_of(size, &whole);
  void *block = a->lists[list];
  if (block) {
    memcpy(&a->lists[list], block, sizeof block);
    return block;
  }
  if ((size_t)(a->to - a->from) < whole) {
    char *piece = new_piece();
    if (!piece) return NULL;
    a->from = piece;
    a->to = piece + PIECE;
  }
  block = a->from;
  a->from += whole;
  return block;
}

static void *obtain(struct alloc *a, size_t size) {
  return size > LARGEST ? malloc(size) : take(a, size);
}

static void give(struct alloc *a, void *block, size_t size) {
  if (size > LARGEST) {
    free(block);
    return;
  }
  size_t whole, list = list_of(size, &whole);
  memcpy(block, &a->lists[list], sizeof block);
  a->lists[list] = block;
}

static void *resize(struct alloc *a, void *block, size_t from, size_t to) {
  size_t old, new;
  if (from > LARGEST && to > LARGEST) return realloc(block, to);
  if (from <= LARGEST && to <= LARGEST &&
      list_of(from, &old) == list_of(to, &new))
    return block;
  void *moved = obtain(a, to);
  if (!moved) return NULL;
  memcpy(moved, block, from < to ? from : to);
  give(a, block, from);
  return moved;
}

/* A lua_Alloc. Without a block, old_size says what kind of object it is for. */
static void *allocate(void *ud, void *block, size_t old_size, size_t size) {
  struct alloc *a = ud;
  if (size == 0) {
    if (block) give(a, block, old_size);
    return NULL;
  }
  return block ? resize(a, block, old_size, size) : obtain(a, size);
}

lua_State *alloc_state(void) {
  struct alloc *a = calloc(1, sizeof *a);
  return a ? lua_newstate(allocate, a) : NULL;
}

#endif
