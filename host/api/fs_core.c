/* SPDX-License-Identifier: Apache-2.0
 * The longer file operations of host.fs; see fs_core.h. */
#include "fs_core.h"

#include "../io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_TRIES 16
#define COPY_CHUNK      (1 << 20)

/* --- writing ---------------------------------------------------------------*/

/* Length of the directory part of `path`, its slash included. */
static size_t parent_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Opens a new file beside `path`; its name, put in `out` (PATH_MAX), does not
 * grow with the name of `path`, which may be as long as names can be. */
static int open_temporary(const char *path, char *out, int *fd) {
  int dir = (int)parent_length(path);
  for (int i = 0; i < TEMPORARY_TRIES; i++) {
    unsigned long long id;
    if (getrandom(&id, sizeof id, 0) != (ssize_t)sizeof id) return errno;
    int n = snprintf(out, PATH_MAX, "%.*s.new-%016llx", dir, path, id);
    if (n < 0 || n >= PATH_MAX) return ENAMETOOLONG;
    *fd = io_open(out, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (*fd >= 0) return 0;
    if (errno != EEXIST) return errno;
  }
  return EEXIST;
}

static int copy_all(int to, int from) {
  for (;;) {
    ssize_t n = sendfile(to, from, NULL, COPY_CHUNK);
    if (n == 0) return 0;
    if (n < 0 && errno != EINTR) return errno;
  }
}

/* The owner first: chown clears the set-id bits of the mode. */
static int set_owner_and_mode(int fd, const struct fs_put *put) {
  if ((put->uid != (uid_t)-1 || put->gid != (gid_t)-1) &&
      fchown(fd, put->uid, put->gid) != 0)
    return errno;
  return fchmod(fd, put->mode) != 0 ? errno : 0;
}

static int sync_parent(const char *path) {
  char dir[PATH_MAX];
  size_t n = parent_length(path);
  if (n >= sizeof dir) return ENAMETOOLONG;
  memcpy(dir, path, n);
  dir[n] = '\0';
  return fs_sync_path(n ? dir : ".");
}

/* A device or pipe is written to: it is not the writer's to replace, nor to
 * give another mode. */
static bool is_special(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

/* Fills, seals and closes `fd`; `from` below 0 means `data`. */
static int fill(int fd, int from, const void *data, size_t size,
                const struct fs_put *put) {
  struct stat st;
  size_t done;
  int err =
      from >= 0 ? copy_all(fd, from) : io_write_all(fd, data, size, &done);
  if (!err && fstat(fd, &st) != 0) err = errno;
  bool regular = !err && S_ISREG(st.st_mode);
  if (regular) err = set_owner_and_mode(fd, put);
  if (regular && !err && put->sync && fsync(fd) != 0) err = errno;
  int close_err = io_close(&fd);
  return err ? err : close_err;
}

static int put_file(const char *path, int from, const void *data, size_t size,
                    const struct fs_put *put) {
  char temporary[PATH_MAX];
  int fd = -1, err;
  if (!put->atomic || is_special(path)) {
    fd = io_open(path, O_WRONLY | O_CREAT | O_TRUNC, put->mode);
    return fd < 0 ? errno : fill(fd, from, data, size, put);
  }
  if ((err = open_temporary(path, temporary, &fd)) != 0) return err;
  err = fill(fd, from, data, size, put);
  if (!err && rename(temporary, path) != 0) err = errno;
  if (err) {
    unlink(temporary);
    return err;
  }
  return put->sync ? sync_parent(path) : 0;
}

int fs_put_data(const char *path, const void *data, size_t size,
                const struct fs_put *put) {
  return put_file(path, -1, data, size, put);
}

int fs_put_copy(const char *path, int from, const struct fs_put *put) {
  return put_file(path, from, NULL, 0, put);
}

/* Removes the part of a text that a full disk cut short. */
static void take_back(int fd, size_t done) {
  off_t end = lseek(fd, 0, SEEK_CUR);
  if (end >= (off_t)done && ftruncate(fd, end - (off_t)done) != 0) return;
}

int fs_append(const char *path, const void *data, size_t size, mode_t mode) {
  int fd = io_open(path, O_WRONLY | O_CREAT | O_APPEND, mode);
  if (fd < 0) return errno;
  size_t done;
  int err = io_write_all(fd, data, size, &done);
  if (err && done > 0) take_back(fd, done);
  int close_err = io_close(&fd);
  return err ? err : close_err;
}

int fs_sync_path(const char *path) {
  int fd = io_open(path, O_RDONLY | O_NONBLOCK, 0);
  if (fd < 0) return errno;
  int err = fsync(fd) != 0 ? errno : 0;
  io_close(&fd);
  return err;
}

/* --- directories -----------------------------------------------------------*/

static int make_one(const char *path, mode_t mode) {
  struct stat st;
  if (mkdir(path, mode) == 0) return 0;
  int err = errno;
  if (err != EEXIST && err != EROFS && err != EACCES && err != EPERM)
    return err;
  /* Somebody's already: also where nothing could be made. */
  if (stat(path, &st) != 0) return err;
  return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
}

int fs_mkdirs(const char *path, mode_t mode) {
  char part[PATH_MAX];
  size_t len = strlen(path);
  if (len >= sizeof part) return ENAMETOOLONG;
  memcpy(part, path, len + 1);
  for (size_t i = 1; i < len; i++) {
    if (part[i] != '/' || part[i - 1] == '/') continue;
    part[i] = '\0';
    int err = make_one(part, mode);
    if (err) return err;
    part[i] = '/';
  }
  return make_one(part, mode);
}

static int remove_at(int dir, const char *name);

/* Removes what is in the directory behind `fd`, and closes it. */
static int remove_content(int fd) {
  DIR *dir = fdopendir(fd);
  if (!dir) {
    int err = errno;
    io_close(&fd);
    return err;
  }
  int err = 0;
  for (;;) {
    errno = 0;
    struct dirent *e = readdir(dir);
    if (!e) {
      if (!err) err = errno;
      break;
    }
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    err = remove_at(dirfd(dir), e->d_name);
    if (err) break;
  }
  closedir(dir);
  return err;
}

static int remove_at(int dir, const char *name) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return 0;
  int err = errno;
  if (err != EISDIR && err != EPERM) return err;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ENOTDIR ? err : errno;
  err = remove_content(fd);
  if (err) return err;
  return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

int fs_remove_all(const char *path) {
  return remove_at(AT_FDCWD, path);
}
