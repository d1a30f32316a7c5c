/* SPDX-License-Identifier: Apache-2.0
 * Tells null, booleans, integers and floats from strings; see the header. */
#include "yaml_scalar.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct word {
  const char *text;
  struct scalar value;
};

#define WORD_NULL(t)                                                           \
  {                                                                            \
    t, {                                                                       \
      SCALAR_NULL, false, 0, 0                                                 \
    }                                                                          \
  }
#define WORD_BOOL(t, b)                                                        \
  {                                                                            \
    t, {                                                                       \
      SCALAR_BOOL, b, 0, 0                                                     \
    }                                                                          \
  }
#define WORD_FLOAT(t, n)                                                       \
  {                                                                            \
    t, {                                                                       \
      SCALAR_FLOAT, false, 0, n                                                \
    }                                                                          \
  }

static const struct word words[] = {
    WORD_NULL(""),
    WORD_NULL("~"),
    WORD_NULL("null"),
    WORD_NULL("Null"),
    WORD_NULL("NULL"),
    WORD_BOOL("y", true),
    WORD_BOOL("Y", true),
    WORD_BOOL("yes", true),
    WORD_BOOL("Yes", true),
    WORD_BOOL("YES", true),
    WORD_BOOL("true", true),
    WORD_BOOL("True", true),
    WORD_BOOL("TRUE", true),
    WORD_BOOL("on", true),
    WORD_BOOL("On", true),
    WORD_BOOL("ON", true),
    WORD_BOOL("n", false),
    WORD_BOOL("N", false),
    WORD_BOOL("no", false),
    WORD_BOOL("No", false),
    WORD_BOOL("NO", false),
    WORD_BOOL("false", false),
    WORD_BOOL("False", false),
    WORD_BOOL("FALSE", false),
    WORD_BOOL("off", false),
    WORD_BOOL("Off", false),
    WORD_BOOL("OFF", false),
    WORD_FLOAT(".nan", (double)NAN),
    WORD_FLOAT(".NaN", (double)NAN),
    WORD_FLOAT(".NAN", (double)NAN),
    WORD_FLOAT(".inf", HUGE_VAL),
    WORD_FLOAT(".Inf", HUGE_VAL),
    WORD_FLOAT(".INF", HUGE_VAL),
    WORD_FLOAT("+.inf", HUGE_VAL),
    WORD_FLOAT("+.Inf", HUGE_VAL),
    WORD_FLOAT("+.INF", HUGE_VAL),
    WORD_FLOAT("-.inf", -HUGE_VAL),
    WORD_FLOAT("-.Inf", -HUGE_VAL),
    WORD_FLOAT("-.INF", -HUGE_VAL),
};

static int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

/* 0x, 0b and 0o say the base, and so does a leading 0 (octal, YAML 1.1). */
static int take_base(const char **text) {
  const char *s = *text;
  if (s[0] != '0') return 10;
  *text = s + 2;
  switch (s[1]) {
  case 'x':
  case 'X':
    return 16;
  case 'b':
  case 'B':
    return 2;
  case 'o':
  case 'O':
    return 8;
  }
  *text = s;
  return 8;
}

/* Underscores may separate digits. */
static struct scalar resolve_integer(const char *text, const char *end) {
  struct scalar out = {SCALAR_STRING, false, 0, 0};
  bool negative = *text == '-', any = false, big = false;
  unsigned long long value = 0, most = LLONG_MAX;
  if (*text == '-' || *text == '+') text++;
  if (!isdigit((unsigned char)*text)) return out;
  if (negative) most++;
  unsigned base = (unsigned)take_base(&text);
  for (; text < end; text++) {
    if (*text == '_') continue;
    unsigned digit = (unsigned)digit_value(*text);
    if (digit >= base) return out;
    any = true;
    if (big || value > (most - digit) / base)
      big = true;
    else
      value = value * base + digit;
  }
  if (!any) return out;
  out.kind = big ? SCALAR_TOO_BIG : SCALAR_INTEGER;
  out.integer = (long long)(negative ? 0 - value : value);
  return out;
}

static const char *skip_digits(const char *s) {
  while (isdigit((unsigned char)*s))
    s++;
  return s;
}

/* [-+] (.digits | digits[.digits]) [e[-+]digits], underscores already out. */
static bool is_float(const char *s) {
  if (*s == '-' || *s == '+') s++;
  const char *whole = skip_digits(s);
  const char *rest = whole;
  if (*whole == '.') {
    rest = skip_digits(whole + 1);
    if (rest - s < 2) return false;
  } else if (whole == s) {
    return false;
  }
  if (*rest == 'e' || *rest == 'E') {
    rest++;
    if (*rest == '-' || *rest == '+') rest++;
    const char *exponent = rest;
    rest = skip_digits(rest);
    if (rest == exponent) return false;
  }
  return *rest == '\0';
}

static struct scalar resolve_float(const char *text, const char *end) {
  struct scalar out = {SCALAR_STRING, false, 0, 0};
  char digits[512];
  size_t n = 0;
  if ((size_t)(end - text) >= sizeof digits) return out;
  for (; text < end; text++)
    if (*text != '_') digits[n++] = *text;
  digits[n] = '\0';
  if (!is_float(digits)) return out;
  double number = strtod(digits, NULL);
  if (!isfinite(number)) return out;
  out.kind = SCALAR_FLOAT;
  out.number = number;
  return out;
}

struct scalar scalar_resolve(const char *text, size_t size) {
  struct scalar out = {SCALAR_STRING, false, 0, 0};
  if (strlen(text) != size) return out;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(text, words[i].text) == 0) return words[i].value;
  if (!strchr("+-.0123456789", text[0])) return out;
  out = resolve_integer(text, text + size);
  return out.kind == SCALAR_STRING ? resolve_float(text, text + size) : out;
}
