/* SPDX-License-Identifier: Apache-2.0
 * What ws.c (the Lua side), ws_frame.c (RFC 6455 frames) and ws_handshake.c
 * (the opening request) share. The latter two never see a lua_State. */
#ifndef HOST_API_WS_FRAME_H
#define HOST_API_WS_FRAME_H

#include "../buffer.h"

#include <stdbool.h>
#include <stdint.h>

enum ws_opcode {
  WS_CONTINUATION = 0,
  WS_TEXT = 1,
  WS_BINARY = 2,
  WS_CLOSE = 8,
  WS_PING = 9,
  WS_PONG = 10,
};

#define WS_CONTROL_MAX 125 /* bytes in the payload of a control frame */

struct ws_header {
  enum ws_opcode opcode;
  bool fin, masked;
  unsigned char key[4];
  uint64_t size, taken; /* of the payload: in all, moved out so far */
};

/* Reads frames from `in`; complete messages appear in `message`. */
struct ws_reader {
  struct buffer in, message, control;
  struct ws_header frame;
  bool from_client; /* the peer's frames must be masked */
  bool in_frame, fragmented;
  enum ws_opcode kind; /* of the message being put together */
  uint64_t max_message;
  const char *error; /* why the peer broke the protocol */
  bool too_large, no_memory;
};

enum ws_event { WS_NOTHING, WS_MESSAGE, WS_CONTROL, WS_ERROR };

/* Takes as much of `in` as makes one event. After WS_MESSAGE the caller
 * empties `message`; after WS_CONTROL `frame.opcode` and `control` say what. */
enum ws_event ws_next(struct ws_reader *r);
/* Appends one unfragmented frame to `out`, masked if `mask`; false: no memory
 * or no random bytes. */
bool ws_encode(struct buffer *out, enum ws_opcode opcode, const void *data,
               size_t size, bool mask);

struct ws_request {
  const char *path, *headers; /* headers: complete lines, each with CRLF */
  double deadline;
};

struct ws_answer {
  int status;
  struct buffer rest; /* after 101: frames; otherwise: the body */
  const char *code;   /* of a failure; its text is in `why` */
  char why[160];
};

/* ws_handshake.c: connects to a Unix socket, nonblocking. Returns an errno
 * value or 0; *fd is the caller's to close in both cases (-1: none). */
int ws_dial(const char *socket_path, double deadline, int *fd);
/* Upgrades; false: refused, or failed as a.code says. */
bool ws_upgrade(int fd, const struct ws_request *request, struct ws_answer *a);

#endif
