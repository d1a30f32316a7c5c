/* SPDX-License-Identifier: Apache-2.0
 * Fuzzes response:copy of host.http, which takes multipart content up to its
 * delimiter: bytes in any pieces go out up to where memmem finds it in the
 * whole, and the rest stays. libcurl's side is played here. */
#include "../../host/api/http.h"
#include "../../host/bind.h"
#include "fuzz.h"

#include <lauxlib.h>
#include <string.h>

/* What is still to come, and what came out. */
static struct {
  const uint8_t *data;
  size_t size;
  uint64_t seed;
  const uint8_t *start; /* of the whole */
  size_t written;
} peer;

/* http_transfer.c's, which `copy` calls. Each piece comes in a block of just
 * its size, so that ASan sees a read behind it. */
bool http_drive(struct http_transfer *t, enum http_goal goal) {
  size_t old = buffer_size(&t->body);
  size_t n = peer.size > 0 ? fuzz_piece(&peer.seed, peer.size) : 0;
  fuzz_must(goal == HTTP_DATA && (old == 0 || old == t->held),
            "more is asked for when all was looked at");
  if (n == 0) return true;
  char *block = malloc(old + n);
  fuzz_must(block != NULL, "there is memory");
  if (old > 0) memcpy(block, t->body.data + t->body.start, old);
  memcpy(block + old, peer.data, n);
  free(t->body.data);
  t->body = (struct buffer){block, 0, old + n, old + n};
  peer.data += n;
  peer.size -= n;
  return true;
}

bool http_write(struct http_transfer *t, int fd, const char *data,
                size_t size) {
  (void)t;
  (void)fd;
  fuzz_must(size == 0 || memcmp(peer.start + peer.written, data, size) == 0,
            "the bytes come out in their order");
  peer.written += size;
  return true;
}

void http_resume(struct http_transfer *t) {
  (void)t;
}

void http_finish(struct http_transfer *t) {
  buffer_free(&t->body);
  t->client = NULL;
}

void http_push_headers(lua_State *L, const struct buffer *lines) {
  (void)lines;
  lua_newtable(L);
}

/* response:copy(fd, stop), in a state with the class and nothing else. */
static lua_State *start(struct http_transfer **t) {
  lua_State *L = luaL_newstate();
  fuzz_must(L != NULL, "there is memory");
  http_open_response(L);
  lua_settop(L, 0);
  *t = bind_box(L, sizeof **t, HTTP_RESPONSE);
  lua_getfield(L, 1, "copy");
  return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const stops[] = {"\r\n--b", "\r\n\r\n-", "aab", "a"};
  static struct http_client client;
  static struct http_transfer *t;
  static lua_State *L;
  if (!L) L = start(&t);
  peer.seed = fuzz_seed(data, size) | 1;
  peer.data = peer.start = data;
  peer.size = size;
  peer.written = 0;
  t->client = &client;
  const char *stop = stops[peer.seed >> 40 & 3];
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 1);
  lua_pushstring(L, stop);
  if (lua_pcall(L, 3, 2, 0) != LUA_OK) fuzz_must(0, lua_tostring(L, -1));
  const uint8_t *found = memmem(data, size, stop, strlen(stop));
  size_t want = found ? (size_t)(found - data) : size;
  size_t rest = peer.size + buffer_size(&t->body);
  fuzz_must(lua_toboolean(L, 4) == (found != NULL), "it says what it found");
  fuzz_must(!found || rest == size - want, "the rest stays");
  fuzz_must(found || rest + peer.written == size, "nothing is lost");
  fuzz_must(!found || peer.written == want, "all before it comes out");
  fuzz_must(lua_tointeger(L, 3) == (lua_Integer)peer.written, "it counts");
  fuzz_must(found || rest < strlen(stop), "no more is held than may be one");
  http_finish(t);
  return 0;
}
