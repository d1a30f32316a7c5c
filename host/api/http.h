/* SPDX-License-Identifier: Apache-2.0
 * What http.c (the Lua side), http_transfer.c (the libcurl side) and
 * http_stream.c share. http_transfer.c never sees a lua_State, so that no
 * callback of libcurl can call Lua. */
#ifndef HOST_API_HTTP_H
#define HOST_API_HTTP_H

#include "../buffer.h"

#include <curl/curl.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#define HTTP_CLIENT   "host.http.client"
#define HTTP_RESPONSE "host.http.response"

/* One piece of a request's body: bytes anchored by Lua, or a descriptor.
 * `left` is what is still to send, -1 while that is unknown. */
struct http_piece {
  const char *data;
  int fd;
  curl_off_t left;
};

struct http_client {
  CURLM *multi; /* owns the kept connections; NULL when closed */
  CURL *spare;  /* an idle handle, kept for the next request */
  struct http_transfer *transfers;
  const char *socket, *url; /* anchored in the user value */
  int dir; /* O_PATH parent of a socket path too long for sun_path, or -1 */
  double connect_timeout;
  bool http2;
};

struct http_transfer {
  struct http_client *client; /* NULL when closed */
  struct http_transfer *next;
  CURL *easy;
  struct curl_slist *headers;
  struct http_piece *pieces; /* anchored in the user value */
  size_t piece_count, piece_at;
  struct buffer head, trailers, body;
  curl_off_t received, max_body; /* max_body below 0: no limit */
  size_t held; /* bytes of `body` that are no news: HTTP_DATA wants more */
  int sink;    /* -1: collect in `body` */
  bool streaming, paused, headers_done, done;
  double deadline, idle, active;
  CURLcode result;
  const char *code; /* the first failure; its text is in `message` */
  char message[CURL_ERROR_SIZE];
  char curl_message[CURL_ERROR_SIZE];
};

enum http_goal { HTTP_HEADERS, HTTP_DATA, HTTP_END };

struct http_plan {
  const char *method, *url;
  curl_off_t body_size; /* -1: chunked */
  bool has_body;
};

/* http_transfer.c: all return false on failure, described in code, message. */
bool http_start(struct http_transfer *t, const struct http_plan *plan);
bool http_drive(struct http_transfer *t, enum http_goal goal);
void http_resume(struct http_transfer *t);
void http_finish(struct http_transfer *t);
bool http_write(struct http_transfer *t, int fd, const char *data, size_t size);
long http_status(const struct http_transfer *t);

/* http_stream.c: the class of a streamed response. */
void http_open_response(lua_State *L);
int http_fail(lua_State *L, struct http_transfer *t);
int http_response_close(lua_State *L);

/* http.c: pushes the table of header lines in `lines`. */
void http_push_headers(lua_State *L, const struct buffer *lines);

#endif
