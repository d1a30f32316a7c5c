/* SPDX-License-Identifier: Apache-2.0
 * The longer file operations of host.fs, free of Lua so that no error of Lua
 * can leave a descriptor or a temporary file behind. Results are errno values,
 * 0 for done. */
#ifndef HOST_API_FS_CORE_H
#define HOST_API_FS_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct fs_put {
  mode_t mode; /* exactly, whatever the umask says */
  uid_t uid;   /* (uid_t)-1 and (gid_t)-1: as it comes */
  gid_t gid;
  bool sync;   /* file and directory are on disk when it returns */
  bool atomic; /* old or new content, never a part; replaces a symlink */
};

int fs_put_data(const char *path, const void *data, size_t size,
                const struct fs_put *put);
/* The same with the content of an open descriptor, to its end. */
int fs_put_copy(const char *path, int from, const struct fs_put *put);
int fs_append(const char *path, const void *data, size_t size, mode_t mode);
/* Makes the directory and those above it; an existing one is fine. */
int fs_mkdirs(const char *path, mode_t mode);
/* Removes a file, or a directory with what is in it. Never follows a symbolic
 * link below `path`, and removing nothing is done. */
int fs_remove_all(const char *path);
int fs_sync_path(const char *path);

#endif
