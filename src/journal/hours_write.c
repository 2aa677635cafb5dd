/* The writing half of journal/hours_file.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "journal/day.h"
#include "journal/hours_file.h"
#include "journal/hours_members.h"
#include "spool/owner.h"

#define BESIDE ".hours.new"
#define BESIDE_AGE 3600 /* seconds; no process writes that long */

void
hours_cover(struct hours_head *head, int64_t day, uint64_t bytes)
{
	size_t at = 0;

	while (at < HOURS_DAYS && head->days[at] > 0)
		at++;
	if (at == HOURS_DAYS) {
		at--;
		memmove(head->days, head->days + 1, at * sizeof *head->days);
		memmove(head->bytes, head->bytes + 1, at * sizeof *head->bytes);
	}
	head->days[at] = (uint64_t)day;
	head->bytes[at] = bytes;
}

static void
put_text(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		const unsigned char byte = (unsigned char)*text;

		if (byte < ' ' || byte == 0x7f)
			fprintf(to, "\\u%04x", (unsigned)byte);
		else if (byte == '"' || byte == '\\')
			fprintf(to, "\\%c", byte);
		else
			putc(byte, to);
	}
	putc('"', to);
}

/* Zeros at the end are left out. */
static void
put_numbers(FILE *to, const uint64_t *numbers, size_t count)
{
	size_t i;

	while (count > 0 && numbers[count - 1] == 0)
		count--;
	putc('[', to);
	for (i = 0; i < count; i++)
		fprintf(to, "%s%" PRIu64, i > 0 ? "," : "", numbers[i]);
	putc(']', to);
}

static void
put_statuses(FILE *to, const struct summary_status *statuses)
{
	uint64_t numbers[HOURS_STATUS_NUMBERS];
	size_t i;

	for (i = 0; i < SUMMARY_STATUSES; i++) {
		numbers[2 * i] = statuses[i].status;
		numbers[2 * i + 1] = statuses[i].requests;
	}
	put_numbers(to, numbers, HOURS_STATUS_NUMBERS);
}

static void
put_value(FILE *to, const struct hours_member *member, const void *row)
{
	const char *const at = (const char *)row + member->at;
	uint64_t number = 0;
	unsigned small = 0;

	switch (member->kind) {
	case HOURS_TEXT:
		put_text(to, at);
		break;
	case HOURS_NUMBERS:
		put_numbers(to, (const void *)at, member->count);
		break;
	case HOURS_STATUSES:
		put_statuses(to, (const void *)at);
		break;
	case HOURS_NUMBER:
	case HOURS_TIME:
		memcpy(&number, at, sizeof number);
		fprintf(to, "%" PRIu64, number);
		break;
	case HOURS_SMALL:
		memcpy(&small, at, sizeof small);
		fprintf(to, "%u", small);
		break;
	}
}

static void
put_row(FILE *to, const struct hours_member *member, const void *row)
{
	const char *before = "{";

	for (; member->name; member++, before = ",") {
		fprintf(to, "%s\"%s\":", before, member->name);
		put_value(to, member, row);
	}
	fputs("}\n", to);
}

static void
put_all(FILE *to, const struct summary *summary, struct hours_head *head)
{
	const struct summary_campaign *campaign;
	size_t i, j;

	head->version = HOURS_VERSION;
	head->lines = summary->count;
	for (i = 0; i < summary->count; i++)
		head->lines += summary->campaigns[i].cohort_count;
	put_row(to, hours_of_head, head);
	for (i = 0; i < summary->count; i++) {
		campaign = &summary->campaigns[i];
		put_row(to, hours_of_campaign, campaign);
		for (j = 0; j < campaign->cohort_count; j++)
			put_row(to, hours_of_cohort, &campaign->cohorts[j]);
	}
}

/* Removes what a process that was killed has left. */
static void
remove_leftover(int folder, const char *name)
{
	const time_t now = time(NULL);
	struct stat status;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (status.st_mtime < now - BESIDE_AGE ||
		status.st_mtime > now + BESIDE_AGE))
		(void)unlinkat(folder, name, 0);
}

/* The group may read it if it may read the folder. */
static int
create(int folder, const char *name)
{
	struct stat like;
	int fd;

	if (fstat(folder, &like) < 0)
		return -1;
	remove_leftover(folder, name);
	fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    (like.st_mode & 0040) | 0600);
	if (fd >= 0)
		owner_give(fd, &like);
	return fd;
}

/* Beside, then renamed. 0, or -1 and errno; EEXIST: another process writes it.
 */
static int
put_file(int folder, int64_t day, const char *text, size_t size)
{
	char beside[DAY_NAME_SIZE], name[DAY_NAME_SIZE];
	int fd, error;

	day_name(day, BESIDE, beside);
	day_name(day, DAY_HOURS, name);
	fd = create(folder, beside);
	if (fd < 0)
		return -1;
	if (fd_write_all(fd, text, size) < 0)
		(void)fd_close(fd);
	else if (close(fd) == 0 && renameat(folder, beside, folder, name) == 0)
		return 0;
	error = errno;
	(void)unlinkat(folder, beside, 0);
	errno = error;
	return -1;
}

int
hours_write(int folder, int64_t day, const struct summary *summary,
    struct hours_head *head)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	bool is_whole;
	int result = -1;

	if (!to)
		return -1;
	put_all(to, summary, head);
	is_whole = !ferror(to);
	if (fclose(to) == 0 && is_whole)
		result = put_file(folder, day, text, size);
	free(text);
	return result < 0 && errno == EEXIST ? 0 : result;
}
