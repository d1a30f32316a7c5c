/* SPDX-License-Identifier: Apache-2.0
 * System calls on descriptors with interruptions handled; see io.h. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int io_open(const char *path, int flags, mode_t mode) {
  int fd;
  do
    fd = open(path, flags | O_CLOEXEC | O_NOCTTY, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

ssize_t io_read(int fd, void *data, size_t size) {
  ssize_t n;
  do
    n = read(fd, data, size);
  while (n < 0 && errno == EINTR);
  return n;
}

ssize_t io_write(int fd, const void *data, size_t size) {
  ssize_t n;
  do
    n = write(fd, data, size);
  while (n < 0 && errno == EINTR);
  return n;
}

int io_write_all(int fd, const void *data, size_t size, size_t *done) {
  *done = 0;
  while (*done < size) {
    ssize_t n = io_write(fd, (const char *)data + *done, size - *done);
    if (n < 0) return errno;
    *done += (size_t)n;
  }
  return 0;
}

int io_close(int *fd) {
  int old = *fd;
  *fd = -1;
  /* Linux has released the descriptor even when close says EINTR. */
  if (old >= 0 && close(old) != 0 && errno != EINTR) return errno;
  return 0;
}

static int set_flag(int fd, int get, int set, int flag, bool on) {
  int flags = fcntl(fd, get);
  if (flags < 0) return errno;
  return fcntl(fd, set, on ? flags | flag : flags & ~flag) < 0 ? errno : 0;
}

int io_set_cloexec(int fd, bool on) {
  return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

int io_set_nonblock(int fd, bool on) {
  return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}
