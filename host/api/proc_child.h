/* SPDX-License-Identifier: Apache-2.0
 * Child processes for host.proc, free of Lua so that no error of Lua can lose
 * one. Results are errno values, 0 for done. */
#ifndef HOST_API_PROC_CHILD_H
#define HOST_API_PROC_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_FD_MAX 63 /* highest descriptor number a child can be given */

struct child_spec {
  const char *path; /* of the program, found already */
  char *const *argv;
  char *const *env;
  const char *cwd;               /* NULL: the parent's */
  int sources[CHILD_FD_MAX + 1]; /* by number in the child; -1: closed */
  bool group;                    /* leads a process group */
  bool session;                  /* leads a session (and so a group) */
  bool terminal; /* with `session`: its stdin controls the session */
};

/* Zeroed is no child. A child that is not reaped keeps its pid, so signals
 * never reach a stranger. */
struct child {
  pid_t pid;
  int pidfd;  /* readable when the child has ended; valid while pid != 0 */
  bool leads; /* a process group of its own */
  bool reaped;
  int code;   /* of exit; -1 when a signal ended it */
  int signal; /* 0 when it exited */
};

/* Finds `name` on the absolute folders of `list` (NULL: the usual ones), or
 * takes it as it is when it has a slash. */
int child_find(const char *name, const char *list, char *out, size_t size);
/* The child has only the descriptors named, no blocked or ignored signal. */
int child_start(struct child *c, const struct child_spec *spec);
/* Reaps the child when it ends before the deadline, else ETIMEDOUT. */
int child_wait(struct child *c, double deadline);
int child_signal(const struct child *c, int number, bool group);
/* Forgets the child, which goes on. */
void child_release(struct child *c);
/* Kills the child (with its group) and reaps it, if need be. Idempotent. */
void child_end(struct child *c);

#endif
