/* SPDX-License-Identifier: Apache-2.0
 * System calls on descriptors with interruptions handled, for the bindings.
 * Nothing here touches Lua, so nothing here raises; results are errno values
 * (0: done) unless said otherwise. Owns nothing. */
#ifndef HOST_IO_H
#define HOST_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* open(2) with O_CLOEXEC; -1 with errno set. */
int io_open(const char *path, int flags, mode_t mode);
/* read(2) and write(2), repeated when interrupted; -1 with errno set. */
ssize_t io_read(int fd, void *data, size_t size);
ssize_t io_write(int fd, const void *data, size_t size);
/* Writes everything, or as much as a nonblocking descriptor takes: `*done`
 * counts the bytes, and EAGAIN is returned when it takes no more. */
int io_write_all(int fd, const void *data, size_t size, size_t *done);
/* Closes `*fd` unless it is below 0, and sets it to -1. */
int io_close(int *fd);
int io_set_cloexec(int fd, bool on);
int io_set_nonblock(int fd, bool on);

#endif
