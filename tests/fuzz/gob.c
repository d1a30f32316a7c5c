/* SPDX-License-Identifier: Apache-2.0
 * Fuzzes the gob reader through the replies of host.rpc: any stream reads the
 * same however it is cut, takes memory in proportion to its size, and leaves
 * none; and the requests that we write are read back. */
#include "../../host/api/rpc_codec.h"

#include "fuzz.h"

#include <errno.h>
#include <lualib.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define TEXTS 5 /* in a request: context, folder, command, argument, token */

/* Of ASan: calls for each block that comes and goes. */
int __sanitizer_install_malloc_and_free_hooks(
    void (*malloc_hook)(const volatile void *, size_t),
    void (*free_hook)(const volatile void *));

/* The peer of the stream under test. */
static struct {
  const uint8_t *data;
  size_t size;
  uint64_t seed; /* 0: gives all it has at once */
} peer;

/* volatile: a compiler thinks that malloc changes nothing of ours. */
static volatile struct {
  bool on;
  long blocks;
  size_t most; /* that one block may have */
} memory;

/* Linked in place of the system's (--wrap), for stream.c alone. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __wrap_read(int fd, void *to, size_t most);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
ssize_t __real_read(int fd, void *to, size_t most);

#define PEER 1000000 /* no descriptor of the process */

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout) {
  if (count != 1 || fds->fd != PEER) return __real_poll(fds, count, timeout);
  return 1;
}

ssize_t __wrap_read(int fd, void *to, size_t most) {
  if (fd != PEER) return __real_read(fd, to, most);
  size_t n = most < peer.size ? most : peer.size;
  if (n == 0) return 0;
  if (peer.seed) n = fuzz_piece(&peer.seed, n);
  if (peer.seed && fuzz_next(&peer.seed) % 16 == 0) {
    errno = n & 1 ? EAGAIN : EINTR;
    return -1;
  }
  memcpy(to, peer.data, n);
  peer.data += n;
  peer.size -= n;
  return (ssize_t)n;
}

static void on_malloc(const volatile void *block, size_t size) {
  if (!memory.on || !block) return;
  memory.blocks++;
  memory.on = false;
  fuzz_must(size <= memory.most, "memory is in proportion to the input");
  memory.on = true;
}

static void on_free(const volatile void *block) {
  if (memory.on && block) memory.blocks--;
}

/* Lua's own memory is not counted. */
static void *allocate(void *data, void *old, size_t old_size, size_t size) {
  bool was = memory.on;
  (void)data;
  (void)old_size;
  memory.on = false;
  void *block = NULL;
  if (size == 0)
    free(old);
  else
    block = realloc(old, size);
  memory.on = was;
  return block;
}

static struct stream open_stream(const uint8_t *data, size_t size,
                                 uint64_t seed) {
  peer.data = data;
  peer.size = size;
  peer.seed = seed;
  memory.most = 8192 + 64 * size;
  memory.blocks = 0;
  memory.on = true;
  return (struct stream){.in = PEER, .out = PEER};
}

static void close_stream(struct stream *s) {
  stream_close(s);
  memory.on = false;
  fuzz_must(memory.blocks == 0, "a closed stream leaves no memory");
}

static uint64_t hash_text(lua_State *L, uint64_t hash, int index) {
  size_t len;
  const char *text = lua_tolstring(L, index, &len);
  if (!text) return hash + 1;
  hash = fuzz_hash(hash, &len, sizeof len);
  return fuzz_hash(hash, text, len);
}

/* All replies of a stream, and how it ended. */
static uint64_t read_replies(lua_State *L, const uint8_t *data, size_t size,
                             uint64_t seed) {
  static const char *const fields[] = {"code", "stdout", "stderr"};
  struct stream s = open_stream(data, size, seed);
  struct outcome o = {NULL, NULL, 0};
  uint64_t hash = 0, seq = 0;
  while (!o.code) {
    bool failed = false;
    lua_settop(L, 0);
    o = rpc_read_header(L, &s, &seq, &failed, -1);
    if (o.code) break;
    hash = hash_text(L, fuzz_hash(hash, &seq, sizeof seq), -1);
    lua_createtable(L, 0, 3);
    o = rpc_read_body(L, &s, failed, -1);
    if (o.code) break;
    for (size_t i = 0; i < 3; i++) {
      bool there = lua_getfield(L, 2, fields[i]) != LUA_TNIL;
      fuzz_must(there != failed, "a reply has results or an error");
      hash = hash_text(L, hash, -1);
    }
  }
  fuzz_must(o.code && strcmp(o.code, "errno") != 0, "an end has a reason");
  close_stream(&s);
  return fuzz_hash(hash, o.why, strlen(o.why));
}

/* Requests ----------------------------------------------------------------- */

static bool same(struct gob_bytes got, const struct gob_bytes *want) {
  return got.len == want->len && memcmp(got.data, want->data, got.len) == 0;
}

static void check_header(struct stream *s, uint64_t seq) {
  struct gob_in in;
  struct gob_walk walk;
  struct gob_bytes method = {(const unsigned char *)"Jujuc.Main", 10};
  uint64_t got = 0;
  int64_t id;
  fuzz_must(!stream_value(s, &in, &id, -1).code, "a header is read");
  gob_struct(&s->types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk));)
    if (gob_is(&in, f, "Seq", GOB_UINT))
      got = gob_uint(&in);
    else
      fuzz_must(same(gob_bytes(&in), &method), "the method is read back");
  fuzz_must(!in.error && in.p == in.end && got == seq, "so is the number");
}

static void check_body(struct stream *s, const struct gob_bytes want[TEXTS]) {
  static const char *const names[] = {"ContextId", "Dir", "CommandName", "Args",
                                      "Token"};
  struct gob_in in;
  struct gob_walk walk;
  int64_t id;
  size_t seen = 0, full = 1; /* there is always an argument */
  fuzz_must(!stream_value(s, &in, &id, -1).code, "a body is read");
  gob_struct(&s->types, &in, id, &walk);
  for (const struct gob_field *f; (f = gob_next(&in, &walk)); seen++) {
    size_t i = 0;
    while (i < TEXTS && strcmp(names[i], f->name) != 0)
      i++;
    fuzz_must(i < TEXTS, "only fields that are not empty are sent");
    if (i == 3) fuzz_must(gob_uint(&in) == 1, "one argument is read back");
    fuzz_must(same(gob_bytes(&in), &want[i]), "a text is read back");
  }
  for (size_t i = 0; i < TEXTS; i++)
    full += i != 3 && want[i].len > 0;
  fuzz_must(!in.error && in.p == in.end && seen == full, "so are all fields");
}

/* Two calls of one connection, with texts cut from the input. */
static void write_requests(lua_State *L, const uint8_t *data, size_t size,
                           uint64_t seed) {
  static const char *const options[] = {"context_id", "dir", "command", "args",
                                        "token"};
  struct gob_bytes want[TEXTS];
  struct gob_out body = {0}, frame = {0}, all = {0};
  lua_settop(L, 0);
  lua_newtable(L);
  lua_newtable(L);
  for (size_t i = 0; i < TEXTS; i++) {
    size_t n = size > 0 ? fuzz_piece(&seed, size) - 1 : 0;
    want[i] = (struct gob_bytes){data, n};
    data += n;
    size -= n;
    if (i == 3) lua_newtable(L);
    lua_pushlstring(L, (const char *)want[i].data, n);
    if (i == 3) lua_rawseti(L, -2, 1);
    lua_setfield(L, 2, options[i]);
  }
  uint64_t seq = fuzz_next(&seed) % 3 ? fuzz_next(&seed) >> seed % 32 : 0;
  rpc_put_body(L, &body);
  for (int i = 0; i < 2; i++) {
    rpc_put_frame(&frame, &body, seq + (uint64_t)i, i == 0);
    gob_put(&all, frame.data, frame.len);
  }
  struct stream s = open_stream(all.data, all.len, seed | 1);
  for (int i = 0; i < 2; i++) {
    check_header(&s, seq + (uint64_t)i);
    check_body(&s, want);
  }
  fuzz_must(peer.size == 0 && s.start == s.len, "nothing is left over");
  close_stream(&s);
  gob_out_free(&body);
  gob_out_free(&frame);
  gob_out_free(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static lua_State *L;
  if (!L) {
    L = lua_newstate(allocate, NULL);
    fuzz_must(L &&
                  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free),
              "the target can start");
  }
  uint64_t seed = fuzz_seed(data, size) | 1;
  uint64_t whole = read_replies(L, data, size, 0);
  fuzz_must(whole == read_replies(L, data, size, seed), "cuts change nothing");
  if ((seed >> 40 & 3) == 0) write_requests(L, data, size, seed);
  return 0;
}
