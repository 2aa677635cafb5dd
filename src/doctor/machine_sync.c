/*
 * Does a sync reach the disk? That can be judged only by its time, and only
 * where the device is known: no disk that turns takes a sync in less than a
 * part of a turn, unless a controller answers for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "doctor/machine_inside.h"

#define SYNCS 200
#define LONGEST_NS INT64_C(1500000000)
#define TURNING_US 1000 /* a turn at 15,000 a minute takes 4000 */
#define FLASH_US 8      /* less than a command to any device takes */
#define SLOW_US 100000

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* The mean time of a write and a sync, in microseconds; -1 and errno. */
static int64_t
measure(int file)
{
	const int64_t begin = now_ns();
	int64_t count = 0, passed = 0;

	while (count < SYNCS && passed < LONGEST_NS) {
		const char byte = (char)count;

		if (pwrite(file, &byte, 1, 0) != 1 || fdatasync(file) < 0)
			return -1;
		count++;
		passed = now_ns() - begin;
	}
	return passed / count / 1000;
}

enum device {
	DEVICE_UNKNOWN, /* none, or one behind a file system of its own */
	DEVICE_VIRTUAL, /* its host decides */
	DEVICE_TURNING,
	DEVICE_FLASH,
};

/* The first character of a file of the device in /sys, or '\0'. */
static char
read_of_device(dev_t device, const char *name)
{
	static const char *const places[] = {"", "../"};
	char path[128], first = '\0';
	size_t i;
	int fd;

	/* A partition has no queue; its disk has. */
	for (i = 0; i < sizeof places / sizeof *places && !first; i++) {
		snprintf(path, sizeof path, "/sys/dev/block/%u:%u/%squeue/%s",
		    major(device), minor(device), places[i], name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, &first, 1) != 1)
			first = '\0';
		close(fd);
	}
	return first;
}

static enum device
find_device(dev_t device)
{
	char path[64], place[PATH_MAX];
	const char turns = read_of_device(device, "rotational");
	ssize_t size;

	if (!turns)
		return DEVICE_UNKNOWN;
	snprintf(path, sizeof path, "/sys/dev/block/%u:%u", major(device),
	    minor(device));
	size = readlink(path, place, sizeof place - 1);
	place[size > 0 ? size : 0] = '\0';
	if (strstr(place, "/virtio") || strstr(place, "/loop") ||
	    strstr(place, "/vbd-") || strstr(place, "/vmbus"))
		return DEVICE_VIRTUAL;
	return turns == '1' ? DEVICE_TURNING : DEVICE_FLASH;
}

static void
judge(struct machine *machine, enum device device, int64_t us)
{
	static const char lies[] =
	    "too fast to be true: something answers before the data is on the "
	    "disk. Look for a controller's cache without a battery, a host's "
	    "disk with cache=unsafe, libeatmydata, or the mount option "
	    "nobarrier";

	if ((device == DEVICE_TURNING && us < TURNING_US) ||
	    (device == DEVICE_FLASH && us < FLASH_US))
		machine_find(machine, GRADE_WARNING, lies, NULL, NULL,
		    "a sync takes %" PRId64 " us, on a disk that %s", us,
		    device == DEVICE_TURNING ? "turns" : "does not turn");
	else if (us > SLOW_US)
		machine_find(machine, GRADE_WARNING,
		    "a POST takes three of them: put the spool on a faster "
		    "disk",
		    NULL, NULL, "a sync takes %" PRId64 " ms", us / 1000);
	else if (device == DEVICE_UNKNOWN || device == DEVICE_VIRTUAL)
		diagnosis_add(machine->diagnosis, GRADE_OK,
		    "a sync takes %" PRId64 " us; whether it reaches a disk "
		    "cannot be judged here: %s",
		    us,
		    device == DEVICE_VIRTUAL ? "the host of this disk decides"
					     : "the device is not known");
	else
		diagnosis_add(machine->diagnosis, GRADE_OK,
		    "a sync takes %" PRId64 " us, as it may on this disk", us);
}

/* "nobarrier", or "barrier=0", among the options of the spool's mount. */
static bool
has_no_barrier(const struct machine *machine)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char line[4096], number[32];
	bool is_found = false;

	snprintf(number, sizeof number, " %u:%u ",
	    major(machine->folder.st_dev), minor(machine->folder.st_dev));
	while (mounts && !is_found && fgets(line, sizeof line, mounts))
		is_found =
		    strstr(line, number) &&
		    (strstr(line, "nobarrier") || strstr(line, "barrier=0"));
	if (mounts)
		(void)fclose(mounts);
	return is_found;
}

void
machine_sync(struct machine *machine)
{
	int file;
	int64_t us;

	if (machine->is_preloaded) {
		machine_find(machine, GRADE_WRONG,
		    "take it out of LD_PRELOAD: a 200 means nothing with it",
		    NULL, NULL, "the receiver runs with libeatmydata");
		return;
	}
	if (has_no_barrier(machine)) {
		machine_find(machine, GRADE_WRONG,
		    "mount it without that: a power loss takes what a 200 has "
		    "promised",
		    "/etc/fstab", "defaults", "the mount has nobarrier");
		return;
	}
	file = openat(
	    machine->spool.folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (file < 0) {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "cannot make a file without a name: %s", strerror(errno));
		return;
	}
	us = measure(file);
	if (us < 0)
		machine_find(machine, GRADE_WRONG,
		    "the system's log may say more of the disk", NULL, NULL,
		    "a file cannot be written and synced: %s", strerror(errno));
	else
		judge(machine, find_device(machine->folder.st_dev), us);
	close(file);
}
