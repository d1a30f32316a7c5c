/* SPDX-License-Identifier: Apache-2.0
 * Signals by name; see signame.h. */
#include "signame.h"

#include <lauxlib.h>
#include <signal.h>
#include <string.h>

struct signame {
  int number;
  const char *name;
};

#define NAME(s)                                                                \
  { SIG##s, #s }
static const struct signame signames[] = {
    NAME(ABRT),  NAME(ALRM), NAME(BUS),  NAME(CHLD), NAME(CONT), NAME(FPE),
    NAME(HUP),   NAME(ILL),  NAME(INT),  NAME(KILL), NAME(PIPE), NAME(QUIT),
    NAME(SEGV),  NAME(STOP), NAME(SYS),  NAME(TERM), NAME(TRAP), NAME(TSTP),
    NAME(TTIN),  NAME(TTOU), NAME(URG),  NAME(USR1), NAME(USR2), NAME(VTALRM),
    NAME(WINCH), NAME(XCPU), NAME(XFSZ), NAME(IO),   NAME(PROF), NAME(PWR),
};
#undef NAME

int signame_check(lua_State *L, int idx) {
  const char *name = luaL_checkstring(L, idx);
  const char *bare = strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
  for (size_t i = 0; i < sizeof signames / sizeof *signames; i++)
    if (strcmp(signames[i].name, bare) == 0) return signames[i].number;
  return luaL_argerror(L, idx, lua_pushfstring(L, "unknown signal '%s'", name));
}

void signame_push(lua_State *L, int number) {
  for (size_t i = 0; i < sizeof signames / sizeof *signames; i++)
    if (signames[i].number == number) {
      lua_pushstring(L, signames[i].name);
      return;
    }
  lua_pushfstring(L, "SIG%d", number);
}
