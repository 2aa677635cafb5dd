/*
 * campaign.h: a campaign is a folder of the spool with tmp/ and new/ in it.
 *
 * Making the folder adds the campaign; nobody can make one from the web.
 * Calls return 0, or -1 and errno, and leave nothing open when they fail.
 */
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attributes.h"

#define CAMPAIGN_DEFAULT "default"
#define CAMPAIGN_NAME_MAX 64 /* bytes */

/*
 * Tells a campaign's folders from all others, and its new/ also from one that
 * was removed and whose inode is in use again.
 */
struct campaign_identity {
	dev_t device, tmp_device;
	ino_t folder, tmp, new;
	uint64_t new_device;
	int64_t
	    born; /* new/, in ns; 0 where the file system has no such time */
};

/* Descriptors of the folders, or -1. `spool` is borrowed. */
struct campaign {
	int spool, folder, tmp, new;
	struct stat folder_stat; /* its mode is the model for what is made */
	struct campaign_identity identity;
	bool made_folder; /* campaign_open made tmp/ or new/ */
};

bool campaign_is_same(
    const struct campaign_identity *one, const struct campaign_identity *other);

/* A letter or digit, then letters, digits, '_' and '-'; 1 to 64 bytes. */
bool campaign_is_name(const char *name);

/* What a request needs to know of its campaign before its body is read. */
struct campaign_stat {
	dev_t device;
	ino_t folder;
	uint64_t free_bytes; /* that an unprivileged process may still write */
	uint64_t
	    free_files; /* likewise inodes; UINT64_MAX: there is no limit */
};

/* ENOENT or ENOTDIR: there is no such campaign; a symbolic link is none. */
int campaign_stat(
    int spool, const char *name, struct campaign_stat *stat) MUST_USE;

/* Opens a campaign, and makes its tmp/ and new/ if missing. Errors as above. */
int campaign_open(
    int spool, const char *name, struct campaign *campaign) MUST_USE;
void campaign_close(struct campaign *campaign); /* keeps errno */

/*
 * Do NAME in SPOOL, and its tmp/ and new/, still mean the folders that are
 * open? Then `spool` and folder_stat are up to date again. Three system calls,
 * where opening takes eight with the closing.
 */
bool campaign_refresh(
    struct campaign *campaign, int spool, const char *name) MUST_USE;

/*
 * Makes what a drain needs, so that it can work on a full disk: aside/, done/,
 * failed/ and the file `lock`. What cannot be made is left for another time.
 */
void campaign_furnish(const struct campaign *campaign);

/* Makes the names of the campaign and its folders survive a power loss. */
int campaign_settle(const struct campaign *campaign) MUST_USE;

#endif
