/*
 * folder.h: folders by their descriptors, so that no path is joined.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <dirent.h>

#include "base/attributes.h"

/*
 * A folder of a spool or campaign as a descriptor. ENOTDIR: a symbolic link, or
 * no folder.
 */
int folder_open(int parent, const char *name) MUST_USE;

/*
 * Entries of a folder, by a descriptor of its own. NULL and errno. The next one
 * but "." and ".."; NULL with errno 0 at the end, with another when it fails.
 */
DIR *folder_list(int folder) MUST_USE;
const char *folder_next(DIR *stream) MUST_USE;

#endif
