/* SPDX-License-Identifier: Apache-2.0
 * The least that a dispatch can cost: replays the calls of another one, with
 * no parsing, no state and no decision. The file named first holds records:
 * a letter, four bytes of length (little-endian), then that many bytes.
 *   H  a hook tool: input or "", "1" if there is one, tool, arguments, by NUL
 *   P  an HTTP request to Pebble; @CHANGE@ stands for the last change's id
 * With a second argument "exec" hook tools are run as programs. */
#include "agent.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_WORDS = 64 };

static struct agent agent;
static int by_exec, pebble = -1;
static char change[32] = "0";

static char *slurp(const char *path, size_t *len) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0) die("open the calls");
  char *all = malloc((size_t)st.st_size + 1);
  if (!all || read(fd, all, (size_t)st.st_size) != st.st_size)
    die("read the calls");
  close(fd);
  *len = (size_t)st.st_size;
  return all;
}

static void run_tool(char **argv, const char *input) {
  int in[2], out[2], status;
  char sink[65536];
  if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0) die("pipe");
  pid_t pid = vfork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    execvp(argv[0], argv);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  if (input) put_all(in[1], input, strlen(input));
  close(in[1]);
  while (read(out[0], sink, sizeof sink) > 0)
    continue;
  close(out[0]);
  waitpid(pid, &status, 0);
  if (status != 0) die("run a hook tool");
}

static void hook_tool(char *data, size_t len) {
  char *argv[MAX_WORDS + 1], *words[MAX_WORDS + 2];
  int count = 0;
  for (size_t at = 0; at < len && count < MAX_WORDS;
       at += strlen(data + at) + 1)
    words[count++] = data + at;
  const char *input = *words[1] ? words[0] : NULL;
  memcpy(argv, words + 2, sizeof *argv * (size_t)(count - 2));
  argv[count - 2] = NULL;
  if (by_exec) {
    run_tool(argv, input);
    return;
  }
  if (agent.fd == 0) agent_open(&agent);
  agent_call(&agent, argv, input);
}

/* Is the answer whole? By Content-Length, or by the last chunk. */
static int is_whole(struct bytes *b) {
  char *head = memmem(b->data, b->len, "\r\n\r\n", 4);
  if (!head) return 0;
  size_t body = b->len - (size_t)(head + 4 - b->data);
  *head = '\0';
  const char *length = strcasestr(b->data, "content-length:");
  *head = '\r';
  if (length) return body >= strtoul(length + 15, NULL, 10);
  return body >= 5 && memcmp(b->data + b->len - 5, "0\r\n\r\n", 5) == 0;
}

static void http(char *data, size_t len) {
  struct bytes request = {0}, answer = {0};
  char *mark = memmem(data, len, "@CHANGE@", 8);
  size_t before = mark ? (size_t)(mark - data) : len;
  char more[16384];
  put(&request, data, before);
  if (mark) {
    put(&request, change, strlen(change));
    put(&request, mark + 8, len - before - 8);
  }
  if (pebble < 0) pebble = connect_unix(getenv("BENCH_PEBBLE_SOCKET"));
  put_all(pebble, request.data, request.len);
  while (!answer.data || !is_whole(&answer)) {
    ssize_t n = read(pebble, more, sizeof more);
    if (n <= 0) die("read Pebble's answer");
    put(&answer, more, (size_t)n);
  }
  put(&answer, "", 1);
  char *id = strstr(answer.data, "\"change\":\"");
  if (id) sscanf(id + 10, "%31[0-9]", change);
  free(request.data);
  free(answer.data);
}

int main(int argc, char **argv) {
  size_t len, at = 0;
  if (argc < 2) return 0; /* the empty dispatch */
  by_exec = argc > 2 && strcmp(argv[2], "exec") == 0;
  char *all = slurp(argv[1], &len);
  while (at + 5 <= len) {
    const unsigned char *n = (const unsigned char *)all + at + 1;
    size_t size = (size_t)n[0] | (size_t)n[1] << 8 | (size_t)n[2] << 16 |
                  (size_t)n[3] << 24;
    (all[at] == 'H' ? hook_tool : http)(all + at + 5, size);
    at += 5 + size;
  }
  return 0;
}
