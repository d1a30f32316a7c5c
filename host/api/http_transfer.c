/* SPDX-License-Identifier: Apache-2.0
 * The libcurl side of host.http: one transfer from start to end, driven by
 * the client's multi handle under our own deadlines. No Lua in this file. */
#include "http.h"

#include "../bind.h"
#include "../unixaddr.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX      ((size_t)256 << 10)
#define WINDOW        ((size_t)256 << 10) /* unread bytes before a stream pauses */
#define STREAM_BUFFER (128L << 10)        /* of libcurl, for each direction */

static bool fail(struct http_transfer *t, const char *code, const char *what) {
  if (t->code) return false;
  t->code = code;
  snprintf(t->message, sizeof t->message, "%s", what);
  return false;
}

static bool fail_errno(struct http_transfer *t, const char *what, int err) {
  char text[CURL_ERROR_SIZE];
  snprintf(text, sizeof text, "%s: %s", what, strerror(err));
  return fail(t, err == ENOMEM ? "ENOMEM" : "EIO", text);
}

long http_status(const struct http_transfer *t) {
  long status = 0;
  curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

/* --- callbacks of libcurl ------------------------------------------------- */

static size_t on_header(char *data, size_t unit, size_t count, void *arg) {
  struct http_transfer *t = arg;
  size_t size = unit * count;
  t->active = bind_now();
  if (size > 5 && memcmp(data, "HTTP/", 5) == 0 && t->received == 0) {
    t->head.len = t->head.start = 0; /* what came before was a 1xx */
    t->headers_done = false;
    return size;
  }
  struct buffer *lines = t->headers_done ? &t->trailers : &t->head;
  if (lines->len + size > HEAD_MAX) {
    fail(t, "too-large", "the response headers exceed 256 KiB");
    return 0;
  }
  if (size <= 2 && data[0] != ' ') {
    if (http_status(t) >= 200) t->headers_done = true;
  } else if (!buffer_append(lines, data, size)) {
    fail_errno(t, "headers", ENOMEM);
    return 0;
  }
  return size;
}

static bool wait_fd(struct http_transfer *t, int fd, short events) {
  struct pollfd p = {.fd = fd, .events = events};
  int n;
  do
    n = poll(&p, 1, bind_remaining(t->deadline));
  while (n < 0 && errno == EINTR);
  return n > 0 ? true : fail(t, "timeout", "timed out");
}

bool http_write(struct http_transfer *t, int fd, const char *data,
                size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EAGAIN && !wait_fd(t, fd, POLLOUT)) return false;
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return fail_errno(t, "cannot write the body", errno);
    if (n <= 0) continue;
    data += n;
    size -= (size_t)n;
  }
  return true;
}

static size_t on_body(char *data, size_t unit, size_t count, void *arg) {
  struct http_transfer *t = arg;
  size_t size = unit * count;
  t->active = bind_now();
  if (t->streaming && buffer_size(&t->body) >= WINDOW) {
    t->paused = true;
    return CURL_WRITEFUNC_PAUSE;
  }
  t->received += (curl_off_t)size;
  if (t->max_body >= 0 && t->received > t->max_body) {
    fail(t, "too-large", "the response body exceeds the limit");
    return 0;
  }
  long status = http_status(t);
  bool ok;
  if (t->sink >= 0 && status >= 200 && status < 300)
    ok = http_write(t, t->sink, data, size);
  else
    ok = buffer_append(&t->body, data, size) || fail_errno(t, "body", ENOMEM);
  t->active = bind_now();
  return ok ? size : 0;
}

static size_t read_piece(struct http_transfer *t, struct http_piece *p,
                         char *to, size_t room) {
  if (p->left >= 0 && (curl_off_t)room > p->left) room = (size_t)p->left;
  if (p->data) {
    memcpy(to, p->data, room);
    p->data += room;
    p->left -= (curl_off_t)room;
    return room;
  }
  if (room == 0) return 0;
  if (!wait_fd(t, p->fd, POLLIN)) return CURL_READFUNC_ABORT;
  ssize_t n;
  do
    n = read(p->fd, to, room);
  while (n < 0 && errno == EINTR);
  if (n < 0) {
    fail_errno(t, "cannot read the body to send", errno);
    return CURL_READFUNC_ABORT;
  }
  if (n == 0 && p->left > 0) {
    fail(t, "protocol", "the body to send ended before its stated size");
    return CURL_READFUNC_ABORT;
  }
  if (p->left >= 0) p->left -= (curl_off_t)n;
  if (n == 0) p->left = 0;
  return (size_t)n;
}

static size_t on_send(char *to, size_t unit, size_t count, void *arg) {
  struct http_transfer *t = arg;
  size_t n = 0;
  while (n == 0 && t->piece_at < t->piece_count) {
    struct http_piece *p = &t->pieces[t->piece_at];
    if (p->left != 0) n = read_piece(t, p, to, unit * count);
    if (n == 0) t->piece_at++;
  }
  t->active = bind_now();
  return n;
}

/* --- the life of a transfer ----------------------------------------------- */

/* The parent folder of a long path stays open with the client, so that the
 * name, and with it the kept connection, is the same for each request. */
static bool set_socket(struct http_transfer *t) {
  struct http_client *c = t->client;
  struct sockaddr_un addr;
  socklen_t len;
  int err = unixaddr_fill(&addr, &len, c->socket, &c->dir);
  if (err) return fail(t, "connect", strerror(err));
  bool abstract = c->socket[0] == '@';
  const char *name = addr.sun_path + abstract;
  CURLcode result = curl_easy_setopt(
      t->easy,
      abstract ? CURLOPT_ABSTRACT_UNIX_SOCKET : CURLOPT_UNIX_SOCKET_PATH, name);
  return result == CURLE_OK || fail_errno(t, "socket", ENOMEM);
}

static void set_protocols(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, CURLPROTO_HTTP);
#endif
}

static void set_callbacks(struct http_transfer *t) {
  CURL *easy = t->easy;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->curl_message);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
  curl_easy_setopt(easy, CURLOPT_READDATA, t);
}

/* There is no seek callback on purpose: libcurl can't send a body twice, so a
 * request that may have been acted upon is never repeated behind our back. */
static bool set_request(struct http_transfer *t, const struct http_plan *plan) {
  CURL *easy = t->easy;
  if (curl_easy_setopt(easy, CURLOPT_URL, plan->url) ||
      curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, plan->method))
    return fail_errno(t, "request", ENOMEM);
  if (strcmp(plan->method, "HEAD") == 0)
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  if (plan->has_body) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, plan->body_size);
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, t->headers);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   (long)(t->client->http2 ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                           : CURL_HTTP_VERSION_1_1));
  if (t->client->http2) {
    /* With a length libcurl stops before the trailers of a stream, and 7.88
     * can't use a connection of prior knowledge twice. */
    curl_easy_setopt(easy, CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
  }
  if (t->streaming) {
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, STREAM_BUFFER);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, STREAM_BUFFER);
  }
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   (long)(t->client->connect_timeout * 1000) + 1);
  set_protocols(easy);
  return t->client->socket ? set_socket(t) : true;
}

bool http_start(struct http_transfer *t, const struct http_plan *plan) {
  struct http_client *c = t->client;
  t->easy = c->spare ? c->spare : curl_easy_init();
  c->spare = NULL;
  if (!t->easy) return fail_errno(t, "request", ENOMEM);
  t->active = bind_now();
  set_callbacks(t);
  if (!set_request(t, plan)) return false;
  if (curl_multi_add_handle(c->multi, t->easy) != CURLM_OK)
    return fail_errno(t, "request", ENOMEM);
  t->next = c->transfers;
  c->transfers = t;
  return true;
}

static void collect_done(struct http_client *c) {
  int left;
  CURLMsg *msg;
  while ((msg = curl_multi_info_read(c->multi, &left))) {
    struct http_transfer *t = NULL;
    if (msg->msg != CURLMSG_DONE) continue;
    CURLcode result = msg->data.result;
    curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
    t->done = true;
    t->result = result;
  }
}

static const char *code_of(CURLcode result, long err) {
  switch (result) {
  case CURLE_COULDNT_CONNECT:
  case CURLE_COULDNT_RESOLVE_HOST:
    return "connect";
  case CURLE_OPERATION_TIMEDOUT:
    return "timeout";
  case CURLE_RECV_ERROR: /* without an errno: bad chunks and the like */
    return err ? "closed" : "protocol";
  case CURLE_GOT_NOTHING:
  case CURLE_PARTIAL_FILE:
  case CURLE_SEND_ERROR:
  case CURLE_SEND_FAIL_REWIND:
    return "closed";
  case CURLE_OUT_OF_MEMORY:
    return "ENOMEM";
  default:
    return "protocol";
  }
}

static bool explain(struct http_transfer *t) {
  if (t->code) return false;
  if (t->result == CURLE_OK) return true;
  long err = 0;
  curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &err);
  const char *code = code_of(t->result, err);
  const char *why = t->curl_message;
  if (!*why) why = curl_easy_strerror(t->result);
  if (err && strcmp(code, "connect") == 0) why = strerror((int)err);
  if (t->result == CURLE_SEND_FAIL_REWIND || t->result == CURLE_GOT_NOTHING)
    why = "the peer closed the connection without an answer";
  if (t->result == CURLE_PARTIAL_FILE)
    why = "the peer closed the connection half way";
  if (strcmp(code, "connect") == 0 && t->client->dir >= 0) {
    close(t->client->dir); /* the folder may have been made anew */
    t->client->dir = -1;
  }
  return fail(t, code, why);
}

/* What arrived before a failure is handed out before the failure. */
static bool got(const struct http_transfer *t, enum http_goal goal) {
  if (goal == HTTP_HEADERS) return t->headers_done;
  return goal == HTTP_DATA && buffer_size(&t->body) > t->held;
}

bool http_drive(struct http_transfer *t, enum http_goal goal) {
  t->active = bind_now();
  for (;;) {
    int running;
    CURLMcode driven = curl_multi_perform(t->client->multi, &running);
    if (driven != CURLM_OK)
      return fail(t, "protocol", curl_multi_strerror(driven));
    collect_done(t->client);
    if (got(t, goal)) return true;
    if (t->done || t->code) return explain(t);
    double end = t->deadline;
    if (t->idle >= 0 && (end < 0 || t->active + t->idle < end))
      end = t->active + t->idle;
    int ms = bind_remaining(end);
    if (ms == 0)
      return fail(t, "timeout",
                  end == t->deadline ? "timed out"
                                     : "timed out: no data was moving");
    if (ms < 0) ms = 60000;
    driven = curl_multi_poll(t->client->multi, NULL, 0, ms, NULL);
    if (driven != CURLM_OK)
      return fail(t, "protocol", curl_multi_strerror(driven));
  }
}

void http_resume(struct http_transfer *t) {
  if (!t->paused || buffer_size(&t->body) >= WINDOW / 2) return;
  t->paused = false;
  curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

/* Idempotent. A transfer that ended well leaves its handle to the next one. */
void http_finish(struct http_transfer *t) {
  struct http_client *c = t->client;
  if (c) {
    struct http_transfer **at = &c->transfers;
    while (*at && *at != t)
      at = &(*at)->next;
    if (*at) {
      *at = t->next;
      curl_multi_remove_handle(c->multi, t->easy);
    }
  }
  if (t->easy && c && !c->spare) {
    curl_easy_reset(t->easy);
    c->spare = t->easy;
  } else if (t->easy) {
    curl_easy_cleanup(t->easy);
  }
  curl_slist_free_all(t->headers);
  buffer_free(&t->head);
  buffer_free(&t->trailers);
  buffer_free(&t->body);
  t->client = NULL;
  t->easy = NULL;
  t->headers = NULL;
}
