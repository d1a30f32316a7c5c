/* SPDX-License-Identifier: Apache-2.0
 * The opening of a WebSocket connection: a Unix socket, the upgrade request,
 * and the check of its answer (RFC 6455, 4.1). No Lua; see ws_frame.h. */
#include "ws_frame.h"

#include "../bind.h"
#include "../unixaddr.h"

#include <errno.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

#define HEAD_MAX      ((size_t)64 << 10)
#define BODY_MAX      ((size_t)64 << 10)
#define BODY_PATIENCE 2.0 /* seconds for the body of a refusal */
#define KEY_SIZE      24  /* base64 of 16 bytes */
#define ACCEPT_SIZE   28  /* base64 of a SHA-1 */

static bool fail(struct ws_answer *a, const char *code, const char *why) {
  a->code = code;
  snprintf(a->why, sizeof a->why, "%s", why);
  return false;
}

static bool wait_fd(int fd, short events, double deadline) {
  struct pollfd p = {.fd = fd, .events = events};
  int n;
  do
    n = poll(&p, 1, bind_remaining(deadline));
  while (n < 0 && errno == EINTR);
  return n > 0;
}

int ws_dial(const char *socket_path, double deadline, int *fd) {
  struct sockaddr_un addr;
  socklen_t len;
  int dir = -1;
  *fd = -1;
  int err = unixaddr_fill(&addr, &len, socket_path, &dir);
  if (!err) {
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0) err = errno;
  }
  /* EAGAIN is a Unix listener with a full backlog: it can't be polled for */
  while (!err && connect(*fd, (struct sockaddr *)&addr, len) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) err = errno;
    if (errno == EAGAIN && bind_remaining(deadline) == 0) err = ETIMEDOUT;
    if (!err) poll(NULL, 0, 10);
  }
  if (dir >= 0) close(dir);
  return err;
}

static bool send_all(int fd, const char *data, size_t size, double deadline,
                     struct ws_answer *a) {
  while (size > 0) {
    ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN && !wait_fd(fd, POLLOUT, deadline))
      return fail(a, "timeout", "timed out");
    if (n < 0 && errno != EAGAIN && errno != EINTR)
      return fail(a, "closed", strerror(errno));
    if (n <= 0) continue;
    data += n;
    size -= (size_t)n;
  }
  return true;
}

/* More bytes at the end of `b`: how many, 0 at the end, -1 failed. */
static ssize_t receive(int fd, struct buffer *b, double deadline,
                       struct ws_answer *a) {
  if (!buffer_reserve(b, 4096)) {
    fail(a, "ENOMEM", "out of memory");
    return -1;
  }
  for (;;) {
    ssize_t n = recv(fd, b->data + b->len, 4096, 0);
    if (n >= 0) {
      b->len += (size_t)n;
      return n;
    }
    if (errno == EAGAIN && wait_fd(fd, POLLIN, deadline)) continue;
    if (errno == EINTR) continue;
    if (errno == EAGAIN)
      fail(a, "timeout", "timed out");
    else
      fail(a, "closed", strerror(errno));
    return -1;
  }
}

/* The value of header `name` in the head of an answer, trimmed. */
static bool find_header(const char *head, const char *name, char *value,
                        size_t size) {
  size_t n = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line;
       line = strstr(line, "\r\n")) {
    line += 2;
    if (strncasecmp(line, name, n) != 0 || line[n] != ':') continue;
    const char *from = line + n + 1;
    from += strspn(from, " \t");
    size_t len = strcspn(from, "\r");
    while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\t'))
      len--;
    if (len >= size) return false;
    memcpy(value, from, len);
    value[len] = '\0';
    return true;
  }
  return false;
}

static bool has_token(char *list, const char *token) {
  char *save = NULL;
  for (char *t = strtok_r(list, ", \t", &save); t;
       t = strtok_r(NULL, ", \t", &save))
    if (strcasecmp(t, token) == 0) return true;
  return false;
}

static bool accept_for(const char *key, char *accept) {
  static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  char text[KEY_SIZE + sizeof guid];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size;
  snprintf(text, sizeof text, "%s%s", key, guid);
  if (!EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL))
    return false;
  EVP_EncodeBlock((unsigned char *)accept, digest, (int)size);
  return true;
}

static bool check_upgrade(const char *head, const char *key,
                          struct ws_answer *a) {
  char value[128], accept[ACCEPT_SIZE + 1];
  if (!find_header(head, "Upgrade", value, sizeof value) ||
      !has_token(value, "websocket"))
    return fail(a, "protocol", "the answer upgrades to something else");
  if (!find_header(head, "Connection", value, sizeof value) ||
      !has_token(value, "upgrade"))
    return fail(a, "protocol", "the answer lacks 'Connection: Upgrade'");
  if (!accept_for(key, accept) ||
      !find_header(head, "Sec-WebSocket-Accept", value, sizeof value) ||
      strcmp(value, accept) != 0)
    return fail(a, "protocol", "the answer is not for this request");
  if (find_header(head, "Sec-WebSocket-Extensions", value, sizeof value) ||
      find_header(head, "Sec-WebSocket-Protocol", value, sizeof value))
    return fail(a, "protocol", "the answer chose what was not offered");
  return true;
}

/* Reads up to the empty line, which becomes a NUL; false: failed. */
static bool read_head(int fd, struct buffer *in, double deadline,
                      struct ws_answer *a, size_t *head_size) {
  for (;;) {
    char *end = in->len ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
    if (end) {
      *head_size = (size_t)(end - in->data);
      *end = '\0';
      return true;
    }
    if (in->len > HEAD_MAX)
      return fail(a, "too-large", "the answer's headers exceed 64 KiB");
    ssize_t n = receive(fd, in, deadline, a);
    if (n == 0) return fail(a, "closed", "the peer closed the connection");
    if (n < 0) return false;
  }
}

/* The body of a refusal, as far as it comes: it explains, no more. */
static void read_body(int fd, const char *head, struct ws_answer *a) {
  char value[32];
  double deadline = bind_deadline(BODY_PATIENCE);
  struct ws_answer ignored = {0};
  size_t want = BODY_MAX;
  if (find_header(head, "Content-Length", value, sizeof value)) {
    size_t length = strtoul(value, NULL, 10);
    if (length < want) want = length;
  }
  while (buffer_size(&a->rest) < want &&
         receive(fd, &a->rest, deadline, &ignored) > 0) {
  }
}

static bool make_key(char key[KEY_SIZE + 1]) {
  unsigned char random[16];
  if (getrandom(random, sizeof random, 0) != sizeof random) return false;
  EVP_EncodeBlock((unsigned char *)key, random, sizeof random);
  return true;
}

static bool send_request(int fd, const struct ws_request *request,
                         const char *key, struct ws_answer *a) {
  char *text;
  int n = asprintf(&text,
                   "GET %s HTTP/1.1\r\nHost: localhost\r\n"
                   "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: %s\r\n%s\r\n",
                   request->path, key, request->headers);
  if (n < 0) return fail(a, "ENOMEM", "out of memory");
  bool sent = send_all(fd, text, (size_t)n, request->deadline, a);
  free(text);
  return sent;
}

bool ws_upgrade(int fd, const struct ws_request *request, struct ws_answer *a) {
  struct buffer in = {0};
  char key[KEY_SIZE + 1];
  size_t head_size;
  if (!make_key(key)) return fail(a, "EIO", "no random bytes");
  bool ok = send_request(fd, request, key, a) &&
            read_head(fd, &in, request->deadline, a, &head_size);
  if (ok && sscanf(in.data, "HTTP/1.1 %3d", &a->status) != 1)
    ok = fail(a, "protocol", "the answer is not HTTP/1.1");
  if (ok &&
      !buffer_append(&a->rest, in.data + head_size + 4, in.len - head_size - 4))
    ok = fail(a, "ENOMEM", "out of memory");
  if (ok && a->status == 101) {
    ok = check_upgrade(in.data, key, a);
  } else if (ok) {
    read_body(fd, in.data, a);
    ok = fail(a, "refused", "the peer refused the upgrade");
  }
  buffer_free(&in);
  return ok;
}
