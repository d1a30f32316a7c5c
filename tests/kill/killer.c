/* SPDX-License-Identifier: Apache-2.0
 * Stands in for a charm's dispatch, which lies beside it as `dispatch.real`:
 * runs it, and kills it at one of its system calls, before the call is made.
 * /tmp/kill-at has the number of that call (0: none, the program is not even
 * watched); /tmp/kill-said gets how many calls were seen and the last one's
 * number. See tests/support/kill.lua. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define ORDER  "/tmp/kill-at"
#define REPORT "/tmp/kill-said"

static int fail(const char *what) {
  fprintf(stderr, "killer: cannot %s: %s\n", what, strerror(errno));
  return 120;
}

static long read_order(void) {
  long at = -1;
  FILE *file = fopen(ORDER, "r");
  if (!file) return 0;
  if (fscanf(file, "%ld", &at) != 1) at = -1;
  fclose(file);
  return at;
}

static int report(long calls, unsigned long long last) {
  FILE *file = fopen(REPORT, "w");
  if (!file) return -1;
  fprintf(file, "%ld %llu\n", calls, last);
  return fclose(file);
}

/* The name stays `dispatch`: by it the host knows what it is to do. */
static int become(char **argv) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s.real", argv[0]);
  if (n < 0 || (size_t)n >= sizeof path) {
    errno = ENAMETOOLONG;
    return fail("name the dispatch");
  }
  execv(path, argv);
  return fail("run the dispatch");
}

/* Ends as the child ended; a killed one by its exit code, as a shell would. */
static int end_as(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The signal that is due at this stop, 0 when the stop is the tracer's own. */
static int signal_of(int status) {
  int sig = WSTOPSIG(status);
  return sig == SIGTRAP || sig == (SIGTRAP | 0x80) ? 0 : sig;
}

static int watch(pid_t child, long at) {
  struct __ptrace_syscall_info info;
  long calls = 0;
  unsigned long long last = 0;
  int status, sig = 0;
  if (waitpid(child, &status, 0) < 0) return fail("wait for the dispatch");
  if (!WIFSTOPPED(status)) return end_as(status);
  if (ptrace(PTRACE_SETOPTIONS, child, NULL,
             PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) != 0)
    return fail("watch the dispatch");
  for (;;) {
    if (calls != at && ptrace(PTRACE_SYSCALL, child, NULL, sig) != 0)
      return fail("let the dispatch go on");
    if (waitpid(child, &status, 0) < 0) return fail("wait for the dispatch");
    if (!WIFSTOPPED(status)) break;
    sig = signal_of(status);
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info) < 0)
      return fail("look at the dispatch");
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY) continue;
    last = info.entry.nr;
    if (++calls == at) kill(child, SIGKILL);
  }
  return report(calls, last) != 0 ? fail("write " REPORT) : end_as(status);
}

int main(int argc, char **argv) {
  (void)argc;
  long at = read_order();
  if (at < 0) return fail("read " ORDER);
  if (at == 0) return become(argv);
  pid_t child = fork();
  if (child < 0) return fail("fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) return fail("be watched");
    return become(argv);
  }
  return watch(child, at);
}
