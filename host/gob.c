/* SPDX-License-Identifier: Apache-2.0
 * Go's gob encoding; see gob.h. */
#include "gob.h"

#include <stdlib.h>
#include <string.h>

/* What no honest peer needs, and a broken one may ask for. */
enum {
  MAX_TYPES = 1024,
  MAX_TYPE_BYTES = 1 << 20,
  MAX_DEPTH = 64,
};

enum kind { KIND_NONE, KIND_LIST, KIND_STRUCT, KIND_MAP, KIND_OPAQUE };

struct gob_type {
  int64_t id;
  enum kind kind;
  int64_t first, second; /* list: element; map: key, element */
  struct gob_field *fields;
  size_t field_count;
};

/* Writing ------------------------------------------------------------------ */

void gob_put(struct gob_out *out, const void *data, size_t len) {
  if (out->failed || len == 0) return;
  if (len > out->cap - out->len) {
    size_t cap = out->cap * 2 > out->len + len ? out->cap * 2 : out->len + len;
    unsigned char *grown = realloc(out->data, cap);
    if (!grown) {
      out->failed = true;
      return;
    }
    out->data = grown;
    out->cap = cap;
  }
  memcpy(out->data + out->len, data, len);
  out->len += len;
}

void gob_put_uint(struct gob_out *out, uint64_t n) {
  unsigned char bytes[9];
  size_t used = 0;
  if (n < 128) {
    bytes[8] = (unsigned char)n;
    gob_put(out, bytes + 8, 1);
    return;
  }
  for (; n > 0; n >>= 8)
    bytes[8 - used++] = (unsigned char)(n & 0xff);
  bytes[8 - used] = (unsigned char)(256 - used);
  gob_put(out, bytes + 8 - used, used + 1);
}

void gob_put_bytes(struct gob_out *out, const void *data, size_t len) {
  gob_put_uint(out, len);
  gob_put(out, data, len);
}

void gob_out_free(struct gob_out *out) {
  free(out->data);
  memset(out, 0, sizeof *out);
}

/* Reading ------------------------------------------------------------------ */

void gob_bad(struct gob_in *in, const char *error) {
  if (!in->error) in->error = error;
  in->p = in->end;
}

static size_t left(const struct gob_in *in) {
  return (size_t)(in->end - in->p);
}

/* Size of an unsigned number by its first byte; 0: there is none such. */
static size_t uint_size(unsigned char first) {
  if (first < 128) return 1;
  return first >= 248 ? (size_t)(256 - first) + 1 : 0;
}

static uint64_t uint_value(const unsigned char *p, size_t size) {
  if (size == 1) return p[0];
  uint64_t n = 0;
  for (size_t i = 1; i < size; i++)
    n = n << 8 | p[i];
  return n;
}

int gob_message_length(const unsigned char *data, size_t avail, size_t *prefix,
                       uint64_t *len) {
  if (avail == 0) return 0;
  *prefix = uint_size(data[0]);
  if (*prefix == 0) return -1;
  if (avail < *prefix) return 0;
  *len = uint_value(data, *prefix);
  return 1;
}

uint64_t gob_uint(struct gob_in *in) {
  size_t size = left(in) > 0 ? uint_size(in->p[0]) : 1;
  if (size == 0 || size > left(in)) {
    gob_bad(in, size == 0 ? "number is too long" : "value is cut short");
    return 0;
  }
  uint64_t n = uint_value(in->p, size);
  in->p += size;
  return n;
}

int64_t gob_int(struct gob_in *in) {
  uint64_t n = gob_uint(in);
  uint64_t half = n >> 1; /* fits an int64_t, and so does its complement */
  return n & 1 ? -(int64_t)half - 1 : (int64_t)half;
}

struct gob_bytes gob_bytes(struct gob_in *in) {
  struct gob_bytes bytes = {in->p, 0};
  uint64_t n = gob_uint(in);
  if (n > left(in)) {
    gob_bad(in, "value is cut short");
    return bytes;
  }
  bytes.data = in->p;
  bytes.len = (size_t)n;
  in->p += bytes.len;
  return bytes;
}

/* Number of elements; each takes a byte at least, so it can be believed. */
static size_t get_count(struct gob_in *in) {
  uint64_t n = gob_uint(in);
  if (n <= left(in)) return (size_t)n;
  gob_bad(in, "count exceeds the message");
  return 0;
}

/* Steps to the next field number of a struct; false at its end. */
static bool next_number(struct gob_in *in, int64_t *number) {
  uint64_t delta = gob_uint(in);
  if (delta == 0) return false;
  if (delta > MAX_TYPE_BYTES) {
    gob_bad(in, "field number out of range");
    return false;
  }
  *number += (int64_t)delta;
  return true;
}

/* Types -------------------------------------------------------------------- */

static const struct gob_type *find(const struct gob_types *types, int64_t id) {
  if (id < 64) return NULL;
  for (size_t i = 0; i < types->count; i++)
    if (types->list[i].id == id) return &types->list[i];
  return NULL;
}

/* struct { 0 string; 1 int }: a type's or a field's name and id. */
static int64_t get_named_id(struct gob_in *in, struct gob_bytes *name) {
  int64_t number = -1, id = 0;
  while (next_number(in, &number)) {
    if (number == 0)
      *name = gob_bytes(in);
    else if (number == 1)
      id = gob_int(in);
    else
      gob_bad(in, "unknown field in a type definition");
  }
  return id;
}

static void get_fields(struct gob_in *in, struct gob_type *type) {
  size_t count = get_count(in);
  if (count == 0) return;
  type->fields = calloc(count, sizeof *type->fields);
  if (!type->fields) {
    gob_bad(in, "out of memory");
    return;
  }
  for (size_t i = 0; i < count && !in->error; i++) {
    struct gob_field *field = &type->fields[i];
    struct gob_bytes name = {in->p, 0};
    field->id = get_named_id(in, &name);
    field->name = malloc(name.len + 1);
    if (!field->name) {
      gob_bad(in, "out of memory");
      return;
    }
    memcpy(field->name, name.data, name.len);
    field->name[name.len] = '\0';
    field->len = name.len;
    type->field_count = i + 1;
  }
}

/* What describes a type, all kinds alike: 0 its name, 1 and 2 what it holds. */
static void get_shape(struct gob_in *in, struct gob_type *type) {
  int64_t number = -1;
  struct gob_bytes name = {in->p, 0};
  while (next_number(in, &number)) {
    if (number == 0)
      get_named_id(in, &name);
    else if (number == 1 && type->kind == KIND_STRUCT)
      get_fields(in, type);
    else if (number == 1 && type->kind != KIND_OPAQUE)
      type->first = gob_int(in);
    else if (number == 2 && type->kind != KIND_OPAQUE)
      type->second = gob_int(in);
    else
      gob_bad(in, "unknown field in a type definition");
  }
}

static struct gob_type *add_type(struct gob_types *types, struct gob_in *in,
                                 int64_t id) {
  if (types->count == types->cap) {
    size_t cap = types->cap ? types->cap * 2 : 8;
    struct gob_type *grown = realloc(types->list, cap * sizeof *grown);
    if (!grown) {
      gob_bad(in, "out of memory");
      return NULL;
    }
    types->list = grown;
    types->cap = cap;
  }
  struct gob_type *type = &types->list[types->count++];
  memset(type, 0, sizeof *type);
  type->id = id;
  return type;
}

void gob_define(struct gob_types *types, struct gob_in *in, int64_t id) {
  /* By field number of Go's wireType. */
  static const enum kind kinds[] = {KIND_LIST,  KIND_LIST,   KIND_STRUCT,
                                    KIND_MAP,   KIND_OPAQUE, KIND_OPAQUE,
                                    KIND_OPAQUE};
  if (id < 64 || find(types, id)) gob_bad(in, "type id is defined already");
  types->bytes += left(in);
  if (types->count >= MAX_TYPES || types->bytes > MAX_TYPE_BYTES)
    gob_bad(in, "too many type definitions");
  struct gob_type *type = in->error ? NULL : add_type(types, in, id);
  int64_t number = -1;
  while (type && next_number(in, &number)) {
    if (type->kind != KIND_NONE || number > 6) {
      gob_bad(in, "unusable type definition");
      return;
    }
    type->kind = kinds[number];
    get_shape(in, type);
  }
  if (type && type->kind == KIND_NONE) gob_bad(in, "unusable type definition");
}

void gob_types_free(struct gob_types *types) {
  for (size_t i = 0; i < types->count; i++) {
    struct gob_type *type = &types->list[i];
    for (size_t j = 0; j < type->field_count; j++)
      free(type->fields[j].name);
    free(type->fields);
  }
  free(types->list);
  memset(types, 0, sizeof *types);
}

/* Values ------------------------------------------------------------------- */

void gob_struct(const struct gob_types *types, struct gob_in *in, int64_t id,
                struct gob_walk *walk) {
  walk->type = find(types, id);
  walk->number = -1;
  if (!walk->type)
    gob_bad(in, "type id is not defined");
  else if (walk->type->kind != KIND_STRUCT)
    gob_bad(in, "value is not a struct");
}

const struct gob_field *gob_next(struct gob_in *in, struct gob_walk *walk) {
  if (in->error || !next_number(in, &walk->number)) return NULL;
  if ((size_t)walk->number >= walk->type->field_count) {
    gob_bad(in, "struct has no such field");
    return NULL;
  }
  return &walk->type->fields[walk->number];
}

bool gob_is(struct gob_in *in, const struct gob_field *field, const char *name,
            int64_t id) {
  if (strlen(name) != field->len || memcmp(name, field->name, field->len) != 0)
    return false;
  if (field->id != id) gob_bad(in, "field has another type");
  return true;
}

static void skip_basic(struct gob_in *in, int64_t id) {
  switch (id) {
  case GOB_BOOL:
  case GOB_INT:
  case GOB_UINT:
  case GOB_FLOAT:
    gob_uint(in);
    return;
  case GOB_COMPLEX:
    gob_uint(in);
    gob_uint(in);
    return;
  case GOB_BYTES:
  case GOB_STRING:
    gob_bytes(in);
    return;
  case GOB_INTERFACE:
    if (gob_bytes(in).len == 0) return;
    if (gob_int(in) < 0) gob_bad(in, "type definition inside a value");
    gob_bytes(in);
    return;
  default:
    gob_bad(in, "type id is not defined");
  }
}

static void skip(const struct gob_types *types, struct gob_in *in, int64_t id,
                 int depth) {
  const struct gob_type *type = find(types, id);
  if (!type) {
    skip_basic(in, id);
    return;
  }
  if (depth > MAX_DEPTH) gob_bad(in, "value is nested too deep");
  if (type->kind == KIND_OPAQUE) {
    gob_bytes(in);
  } else if (type->kind == KIND_STRUCT) {
    struct gob_walk walk = {type, -1};
    for (const struct gob_field *f; (f = gob_next(in, &walk));)
      skip(types, in, f->id, depth + 1);
  } else {
    for (size_t n = get_count(in); n > 0 && !in->error; n--) {
      skip(types, in, type->first, depth + 1);
      if (type->kind == KIND_MAP) skip(types, in, type->second, depth + 1);
    }
  }
}

void gob_skip(const struct gob_types *types, struct gob_in *in, int64_t id) {
  skip(types, in, id, 0);
}

void gob_skip_top(const struct gob_types *types, struct gob_in *in,
                  int64_t id) {
  const struct gob_type *type = find(types, id);
  if (!(type && type->kind == KIND_STRUCT) && gob_uint(in) != 0)
    gob_bad(in, "bare value does not start with a zero");
  skip(types, in, id, 0);
}
