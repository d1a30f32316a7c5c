/* SPDX-License-Identifier: Apache-2.0
 * Every hook tool, for peers that run them as programs: a static client of
 * the agent's socket that costs a fraction of Juju's own. */
#include "agent.h"

#include <string.h>
#include <unistd.h>

static int reads_stdin(char **argv) {
  for (; *argv; argv++)
    if (strcmp(*argv, "--file") == 0 && argv[1] && strcmp(argv[1], "-") == 0)
      return 1;
  return 0;
}

static char *slurp(void) {
  static struct bytes all;
  char more[4096];
  ssize_t n;
  while ((n = read(0, more, sizeof more)) > 0)
    put(&all, more, (size_t)n);
  put(&all, "", 1);
  return all.data;
}

int main(int argc, char **argv) {
  struct agent agent;
  char *slash = strrchr(argv[0], '/');
  (void)argc;
  if (slash) argv[0] = slash + 1;
  agent_open(&agent);
  struct reply r = agent_call(&agent, argv, reads_stdin(argv) ? slurp() : NULL);
  put_all(1, r.out, r.out_len);
  put_all(2, r.err, r.err_len);
  return r.code;
}
