/* SPDX-License-Identifier: Apache-2.0
 * Runs a program once and tells what it took, on standard output: wall
 * nanoseconds, processor microseconds, peak KiB, wait status. With -c it
 * counts instead, by ptrace: programs executed, processes and threads made.
 * Small and static, so that the peak is the program's and not ours. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long microseconds(struct timeval t) {
  return t.tv_sec * 1000000LL + t.tv_usec;
}

static pid_t start(char **argv, int traced) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(null, 1);
  if (traced) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
  }
  execv(argv[0], argv);
  fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
  _exit(127);
}

static int count(char **argv) {
  const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK |
                       PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                       PTRACE_O_EXITKILL;
  int execs = 0, made = 0, status, last = 0;
  pid_t first = start(argv, 1), pid;
  waitpid(first, &status, 0);
  ptrace(PTRACE_SETOPTIONS, first, NULL, (void *)options);
  ptrace(PTRACE_CONT, first, NULL, NULL);
  while ((pid = waitpid(-1, &status, __WALL)) > 0) {
    if (!WIFSTOPPED(status)) {
      if (pid == first) last = status;
      continue;
    }
    int event = status >> 16, signal = WSTOPSIG(status);
    execs += event == PTRACE_EVENT_EXEC;
    made += event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
            event == PTRACE_EVENT_CLONE;
    if (event != 0 || signal == SIGSTOP || signal == SIGTRAP) signal = 0;
    ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal);
  }
  printf("%d %d %d\n", execs, made, last);
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "-c") == 0) return count(argv + 2);
  if (argc < 2) return 2;
  struct rusage use;
  int status;
  long long from = now();
  pid_t pid = start(argv + 1, 0);
  if (pid < 0 || wait4(pid, &status, 0, &use) < 0) return 1;
  printf("%lld %lld %ld %d\n", now() - from,
         microseconds(use.ru_utime) + microseconds(use.ru_stime), use.ru_maxrss,
         status);
  return 0;
}
