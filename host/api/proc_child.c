/* SPDX-License-Identifier: Apache-2.0
 * Child processes for host.proc; see proc_child.h. */
#include "proc_child.h"

#include "../bind.h"
#include "../io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define USUAL_PATH                                                             \
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define KILL_WAIT 5.0 /* seconds for a killed child to go */

/* --- finding the program ---------------------------------------------------*/

static bool is_program(const char *path, int *err) {
  struct stat st;
  if (stat(path, &st) != 0) return false;
  if (S_ISREG(st.st_mode) && access(path, X_OK) == 0) return true;
  *err = EACCES;
  return false;
}

int child_find(const char *name, const char *list, char *out, size_t size) {
  int err = ENOENT;
  if (strchr(name, '/')) {
    size_t len = strlen(name);
    if (len >= size) return ENAMETOOLONG;
    memcpy(out, name, len + 1);
    return 0;
  }
  if (!*name) return ENOENT;
  for (const char *at = list ? list : USUAL_PATH, *end; *at; at = end) {
    end = strchrnul(at, ':');
    int n = snprintf(out, size, "%.*s/%s", (int)(end - at), at, name);
    bool fits = n >= 0 && (size_t)n < size;
    /* A relative folder would mean another one after the change of place. */
    if (*at == '/' && fits && is_program(out, &err)) return 0;
    if (*end) end++;
  }
  return err;
}

/* --- starting --------------------------------------------------------------*/

/* Copies every source above the numbers that the child's get, so that none is
 * overwritten before it has been used. */
static int lift_sources(const struct child_spec *spec, int *lifted) {
  for (int i = 0; i <= CHILD_FD_MAX; i++)
    lifted[i] = -1;
  for (int i = 0; i <= CHILD_FD_MAX; i++) {
    if (spec->sources[i] < 0) continue;
    lifted[i] = fcntl(spec->sources[i], F_DUPFD_CLOEXEC, CHILD_FD_MAX + 1);
    if (lifted[i] < 0) return errno;
  }
  return 0;
}

/* What the child gets no number for ends with its exec, also what we inherited
 * ourselves. Kernels before 5.11 are asked one by one. */
static int seal_others(void) {
  if (syscall(SYS_close_range, CHILD_FD_MAX + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
    return 0;
  DIR *dir = opendir("/proc/self/fd");
  if (!dir) return errno;
  for (struct dirent *entry; (entry = readdir(dir));) {
    long fd = strtol(entry->d_name, NULL, 10); /* 0 for . and .. */
    if (fd > CHILD_FD_MAX) fcntl((int)fd, F_SETFD, FD_CLOEXEC);
  }
  closedir(dir);
  return 0;
}

/* Opened anew by the leader of a session, which has none yet, a terminal
 * becomes its controlling one; posix_spawn makes the session first. */
static int add_terminal(posix_spawn_file_actions_t *actions, int fd) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return posix_spawn_file_actions_addopen(actions, 0, path, O_RDWR, 0);
}

static int add_actions(posix_spawn_file_actions_t *actions,
                       const struct child_spec *spec, const int *lifted) {
  int err = spec->terminal ? add_terminal(actions, lifted[0]) : 0;
  for (int i = spec->terminal ? 1 : 0; !err && i <= CHILD_FD_MAX; i++)
    err = lifted[i] >= 0
              ? posix_spawn_file_actions_adddup2(actions, lifted[i], i)
              : posix_spawn_file_actions_addclose(actions, i);
  if (!err && spec->cwd)
    err = posix_spawn_file_actions_addchdir_np(actions, spec->cwd);
  return err;
}

static int set_attributes(posix_spawnattr_t *attributes,
                          const struct child_spec *spec) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  if (spec->session)
    flags |= POSIX_SPAWN_SETSID;
  else if (spec->group)
    flags |= POSIX_SPAWN_SETPGROUP;
  int err = posix_spawnattr_setsigdefault(attributes, &all);
  if (!err) err = posix_spawnattr_setsigmask(attributes, &none);
  if (!err) err = posix_spawnattr_setpgroup(attributes, 0);
  return err ? err : posix_spawnattr_setflags(attributes, (short)flags);
}

static int spawn(pid_t *pid, const struct child_spec *spec, const int *lifted) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int err = posix_spawn_file_actions_init(&actions);
  if (err) return err;
  err = posix_spawnattr_init(&attributes);
  if (!err) {
    err = add_actions(&actions, spec, lifted);
    if (!err) err = set_attributes(&attributes, spec);
    if (!err)
      err = posix_spawn(pid, spec->path, &actions, &attributes, spec->argv,
                        spec->env);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return err;
}

static void kill_and_reap(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
    continue;
}

int child_start(struct child *c, const struct child_spec *spec) {
  int lifted[CHILD_FD_MAX + 1];
  pid_t pid = 0;
  if (spec->terminal && !isatty(spec->sources[0])) return errno;
  int err = lift_sources(spec, lifted);
  if (!err) err = seal_others();
  if (!err) err = spawn(&pid, spec, lifted);
  for (int i = 0; i <= CHILD_FD_MAX; i++)
    io_close(&lifted[i]);
  if (err) return err;
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0); /* is close-on-exec */
  if (pidfd < 0) {
    err = errno;
    kill_and_reap(pid);
    return err;
  }
  *c = (struct child){
      .pid = pid, .pidfd = pidfd, .leads = spec->group || spec->session};
  return 0;
}

/* --- ending ----------------------------------------------------------------*/

static int await_end(const struct child *c, double deadline) {
  struct pollfd p = {.fd = c->pidfd, .events = POLLIN};
  int left, n;
  do {
    left = bind_remaining(deadline);
    n = poll(&p, 1, left);
  } while ((n < 0 && errno == EINTR) || (n == 0 && left != 0));
  if (n < 0) return errno;
  return n == 0 ? ETIMEDOUT : 0;
}

int child_wait(struct child *c, double deadline) {
  siginfo_t info = {0};
  if (c->reaped) return 0;
  int err = await_end(c, deadline);
  if (err) return err;
  while (waitid(P_PID, (id_t)c->pid, &info, WEXITED) != 0)
    if (errno != EINTR) return errno;
  bool exited = info.si_code == CLD_EXITED;
  c->reaped = true;
  c->code = exited ? info.si_status : -1;
  c->signal = exited ? 0 : info.si_status;
  return 0;
}

int child_signal(const struct child *c, int number, bool group) {
  if (c->pid == 0 || c->reaped) return ESRCH;
  pid_t target = group && c->leads ? -c->pid : c->pid;
  return kill(target, number) == 0 ? 0 : errno;
}

void child_release(struct child *c) {
  if (c->pid != 0) io_close(&c->pidfd);
  c->pid = 0;
}

void child_end(struct child *c) {
  if (c->pid != 0 && !c->reaped) {
    child_signal(c, SIGKILL, true);
    child_wait(c, bind_deadline(KILL_WAIT));
  }
  child_release(c);
}
