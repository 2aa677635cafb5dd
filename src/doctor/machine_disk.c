/* The room on the spool's file system, and what its kind means. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "doctor/machine_inside.h"

#define MIB ((uint64_t)1 << 20)
#define MIN_FREE (64 * MIB) /* MIXSPOOL_MIN_FREE unless it is set */
#define MIN_FILES 32        /* the receiver's own bound */
#define FEW 10              /* percent */

static const char more[] = "a POST is 503 then: drain the spool, or make room";

void
machine_space(struct machine *machine)
{
	struct statvfs disk;
	uint64_t bytes;

	if (fstatvfs(machine->spool.folder, &disk) < 0) {
		diagnosis_add(
		    machine->diagnosis, GRADE_SKIPPED, "%s", strerror(errno));
		return;
	}
	bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (bytes < MIN_FREE)
		machine_find(machine, GRADE_WRONG, more, NULL, NULL,
		    "%" PRIu64 " MiB free, below MIXSPOOL_MIN_FREE",
		    bytes / MIB);
	else if (disk.f_files > 0 && disk.f_favail < MIN_FILES)
		machine_find(machine, GRADE_WRONG, more, NULL, NULL,
		    "%" PRIu64 " inodes free", (uint64_t)disk.f_favail);
	else if (disk.f_bavail < disk.f_blocks / 100 * FEW)
		machine_find(machine, GRADE_WARNING, more, NULL, NULL,
		    "%" PRIu64 " MiB free, less than %d %%", bytes / MIB, FEW);
	else if (disk.f_files > 0 && disk.f_favail < disk.f_files / 100 * FEW)
		machine_find(machine, GRADE_WARNING, more, NULL, NULL,
		    "%" PRIu64 " inodes free, less than %d %%",
		    (uint64_t)disk.f_favail, FEW);
	else
		diagnosis_add(machine->diagnosis, GRADE_OK,
		    "%" PRIu64 " MiB free, and inodes", bytes / MIB);
}

/* statfs(2) has the numbers. */
static const struct {
	const char *name, *note;
	uint32_t magic;
	enum grade grade;
} kinds[] = {
    {"ext4", NULL, 0xef53, GRADE_OK},
    {"XFS", NULL, 0x58465342, GRADE_OK},
    {"btrfs", NULL, 0x9123683e, GRADE_OK},
    {"f2fs", NULL, 0xf2f52010, GRADE_OK},
    {"ZFS", NULL, 0x2fc12fc1, GRADE_OK},
    {"bcachefs", NULL, 0xca451a4e, GRADE_OK},
    {"tmpfs",
	"it is memory: a 200 lasts until the machine stops. Put the spool on a "
	"disk",
	0x01021994, GRADE_WRONG},
    {"ramfs",
	"it is memory: a 200 lasts until the machine stops. Put the spool on a "
	"disk",
	0x858458f6, GRADE_WRONG},
    {"overlay",
	"it is a container's own layer, and goes with the container: mount a "
	"volume at the spool",
	0x794c7630, GRADE_WARNING},
    {"NFS",
	"a 200 lasts as long as the server's disk: export with sync, not "
	"async; "
	"and an outage of the network is a 503",
	0x6969, GRADE_WARNING},
    {"CIFS",
	"a 200 lasts as long as the server's disk, and the server decides "
	"about "
	"modes",
	0xff534d42, GRADE_WARNING},
    {"SMB",
	"a 200 lasts as long as the server's disk, and the server decides "
	"about "
	"modes",
	0xfe534d42, GRADE_WARNING},
    {"9p", "the host decides whether a sync reaches its disk", 0x01021997,
	GRADE_WARNING},
    {"FUSE",
	"the program behind it decides whether a sync reaches a disk: see its "
	"manual",
	0x65735546, GRADE_WARNING},
    {"vfat",
	"it keeps no modes: who may read is what the mount's options uid=, "
	"gid= "
	"and umask= say; and it has no journal",
	0x4d44, GRADE_WARNING},
    {"exfat",
	"it keeps no modes: who may read is what the mount's options uid=, "
	"gid= "
	"and umask= say; and it has no journal",
	0x2011bab0, GRADE_WARNING},
    {"NTFS", "it keeps no modes: who may read is what the mount's options say",
	0x7366746e, GRADE_WARNING},
};

void
machine_kind(struct machine *machine)
{
	struct statfs disk;
	size_t i;

	if (fstatfs(machine->spool.folder, &disk) < 0) {
		diagnosis_add(
		    machine->diagnosis, GRADE_SKIPPED, "%s", strerror(errno));
		return;
	}
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].magic == (uint32_t)disk.f_type)
			break;
	if (i == sizeof kinds / sizeof *kinds)
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "a kind that doctor does not know: %#lx",
		    (unsigned long)disk.f_type);
	else if (kinds[i].grade == GRADE_OK)
		diagnosis_add(
		    machine->diagnosis, GRADE_OK, "%s", kinds[i].name);
	else
		machine_find(machine, kinds[i].grade, kinds[i].note, NULL, NULL,
		    "%s", kinds[i].name);
}
