/* SPDX-License-Identifier: Apache-2.0
 * The bytes of host.rpc's requests and replies: Go's net/rpc in gob. */
#ifndef CHARMHOST_API_RPC_CODEC_H
#define CHARMHOST_API_RPC_CODEC_H

#include "../gob.h"
#include "../stream.h"

#include <lauxlib.h>

/* The body of the call that is a table at index 2; raises where it is wrong. */
void rpc_put_body(lua_State *L, struct gob_out *out);
/* All bytes of a call; the first one of a connection defines the types. */
void rpc_put_frame(struct gob_out *out, const struct gob_out *body,
                   uint64_t seq, bool first);

/* Pushes the agent's error text, which is empty when there is none. */
struct outcome rpc_read_header(lua_State *L, struct stream *s, uint64_t *seq,
                               bool *failed, double deadline);
/* Into the table at the top: code, stdout, stderr; nothing if the call
 * failed. */
struct outcome rpc_read_body(lua_State *L, struct stream *s, bool failed,
                             double deadline);

#endif
