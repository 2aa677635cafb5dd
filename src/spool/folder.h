/*
 * folder.h: the folders of a spool, by descriptors instead of joined paths.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <dirent.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"

/*
 * Opens the folder NAME of PARENT. A descriptor, or -1 and errno. ENOTDIR: it
 * is a symbolic link, or not a folder.
 */
int folder_open(int parent, const char *name) MUST_USE;

/*
 * The same, but makes the folder if it is missing, with the permissions of
 * PARENT, whose status LIKE is. Sets *MADE: did this call make it? Its name is
 * durable only after an fsync of PARENT.
 */
int folder_make(
    int parent, const char *name, const struct stat *like, bool *made) MUST_USE;

/*
 * Renames a file, and replaces none. 0, or -1 and errno. EEXIST: TO has a file
 * NEW, also if it is the same one.
 *
 * Network and FUSE file systems may lack RENAME_NOREPLACE (EINVAL). There NEW
 * is looked for first, and replaced only if another process makes it in that
 * moment. A commit cannot: two of one name are in one tmp/ before, where O_EXCL
 * lets only one be.
 */
int folder_rename(int from, const char *old, int to, const char *new) MUST_USE;

/*
 * Puts the file NEW of FROM in the place of the file OLD of TO, in one step. 0,
 * or -1 and errno. ENOENT: OLD is gone, and does not come back. What it was may
 * be NEW in FROM now.
 *
 * Where a file system lacks RENAME_EXCHANGE, OLD is looked for first, and comes
 * back if another process takes it in that moment.
 */
int folder_replace(int from, const char *new, int to, const char *old) MUST_USE;

/*
 * Lists a folder, through a descriptor of its own. NULL and errno when it
 * cannot be opened. folder_next returns the next name, without "." and "..";
 * NULL with errno 0 at the end, with another errno when it fails. folder_close
 * keeps errno.
 */
DIR *folder_list(int folder) MUST_USE;
const char *folder_next(DIR *stream) MUST_USE;
void folder_close(DIR *stream);

#endif
