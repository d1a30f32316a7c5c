/* SPDX-License-Identifier: Apache-2.0
 * What an unquoted YAML scalar means: YAML 1.1 as Juju's files use it. Called
 * by yaml.c; owns nothing. */
#ifndef HOST_API_YAML_SCALAR_H
#define HOST_API_YAML_SCALAR_H

#include <stdbool.h>
#include <stddef.h>

enum scalar_kind {
  SCALAR_STRING,
  SCALAR_NULL,
  SCALAR_BOOL,
  SCALAR_INTEGER,
  SCALAR_FLOAT,
  SCALAR_TOO_BIG, /* an integer beyond 64 bits: refused, never rounded */
};

struct scalar {
  enum scalar_kind kind;
  bool boolean;
  long long integer;
  double number;
};

/* `text` ends with a NUL byte that `size` does not count. */
struct scalar scalar_resolve(const char *text, size_t size);

#endif
