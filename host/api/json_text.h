/* SPDX-License-Identifier: Apache-2.0
 * The text that host.json reads, and its characters: UTF-8 and \u escapes. */
#ifndef CHARMHOST_JSON_TEXT_H
#define CHARMHOST_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct json_text {
  const char *start, *at, *end;
  const char *fault; /* what is wrong at `at` */
  bool too_deep;
};

struct json_place {
  size_t line, column; /* from 1; a column is a character */
};

struct json_place json_text_place(const struct json_text *t);

/* The bytes of the UTF-8 sequence at t->at; 0 where none is. */
size_t json_text_sequence(const struct json_text *t);

/* Reads XXXX of \uXXXX, and of a second that a surrogate pair needs; -1 where
 * that gives no character. */
long json_text_escape(struct json_text *t);

/* Writes the character as UTF-8 and returns its size. */
size_t json_text_encode(long code, char utf8[4]);

#endif
