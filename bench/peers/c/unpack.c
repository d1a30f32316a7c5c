/* SPDX-License-Identifier: Apache-2.0
 * Unpacks a charm as Juju's agent does, each file synced before the next is
 * begun, then becomes its dispatch: one program from the archive to the end of
 * a hook. usage: unpack ARCHIVE DIR [-], with - only unpacking. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
  CENTRAL = 46, /* sizes of the headers, without the names */
  LOCAL = 30,
  END = 22,
  DEFLATED = 8,
  PIECE = 65536,
};

struct entry {
  uint32_t method, packed, size, mode, offset;
  char path[4096];
};

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "cannot unpack %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint32_t number(const uint8_t *p, size_t bytes) {
  uint32_t n = 0;
  memcpy(&n, p, bytes);
  return le32toh(n);
}

static void make_folders(char *path) {
  for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
    *p = '\0';
    if (mkdir(path, 0755) != 0 && errno != EEXIST) fail(path);
    *p = '/';
  }
}

static void put(int fd, const uint8_t *data, size_t n, const char *path) {
  while (n > 0) {
    ssize_t done = write(fd, data, n);
    if (done < 0) fail(path);
    data += done;
    n -= (size_t)done;
  }
}

static void put_inflated(int fd, const uint8_t *data, const struct entry *e) {
  static uint8_t piece[PIECE];
  z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = e->packed};
  int status = inflateInit2(&z, -MAX_WBITS);
  while (status == Z_OK) {
    z.next_out = piece;
    z.avail_out = PIECE;
    status = inflate(&z, Z_NO_FLUSH);
    put(fd, piece, PIECE - z.avail_out, e->path);
  }
  if (status != Z_STREAM_END || z.total_out != e->size) fail(e->path);
  inflateEnd(&z);
}

static void extract(const uint8_t *zip, struct entry *e) {
  const uint8_t *local = zip + e->offset;
  const uint8_t *data =
      local + LOCAL + number(local + 26, 2) + number(local + 28, 2);
  make_folders(e->path);
  if (e->path[strlen(e->path) - 1] == '/') return;
  int fd = open(e->path, O_WRONLY | O_CREAT | O_TRUNC, e->mode & 0777);
  if (fd < 0) fail(e->path);
  if (e->method == DEFLATED)
    put_inflated(fd, data, e);
  else
    put(fd, data, e->size, e->path);
  if (fsync(fd) != 0 || close(fd) != 0) fail(e->path);
}

static void unpack(const uint8_t *zip, size_t size, const char *folder) {
  const uint8_t *end = zip + size - END;
  const uint8_t *p = zip + number(end + 16, 4);
  for (uint32_t left = number(end + 10, 2); left > 0; left--) {
    struct entry e = {
        .method = number(p + 10, 2),
        .packed = number(p + 20, 4),
        .size = number(p + 24, 4),
        .mode = number(p + 38, 4) >> 16,
        .offset = number(p + 42, 4),
    };
    uint32_t name = number(p + 28, 2);
    snprintf(e.path, sizeof e.path, "%s/%.*s", folder, (int)name,
             (const char *)p + CENTRAL);
    extract(zip, &e);
    p += CENTRAL + name + number(p + 30, 2) + number(p + 32, 2);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  struct stat st;
  int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < END) fail(argv[1]);
  size_t size = (size_t)st.st_size;
  const uint8_t *zip = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (zip == MAP_FAILED) fail(argv[1]);
  unpack(zip, size, argv[2]);
  if (argc > 3) return 0;

  char dispatch[4096];
  snprintf(dispatch, sizeof dispatch, "%s/dispatch", argv[2]);
  if (chdir(argv[2]) != 0) fail(argv[2]);
  execl(dispatch, dispatch, (char *)NULL);
  fail(dispatch);
}
