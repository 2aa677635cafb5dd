/*
 * Any bytes as the lines of a day, or as its hours, when the first byte is 'h'.
 * What entry_write writes, entry_read reads back. The lines come in order, also
 * in two parts, and from the end in the other; the summary of a day's hours is
 * that of its lines.
 */
#include <fcntl.h>
#include <unistd.h>

#include "fuzz.h"
#include "journal/day.h"
#include "journal/hours.h"
#include "journal/hours_file.h"
#include "journal/reader.h"
#include "journal/summary.h"
#include "journal/summary_inside.h"

#define DAY INT64_C(20785) /* 2026-11-28 */
#define NOON ((DAY + 1) * DAY_MS + DAY_MS / 2)

static int folder;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *parent = getenv("TMPDIR");
	char path[] = "mixspool-journal-XXXXXX";

	(void)argc;
	(void)argv;
	HOLDS(chdir(parent ? parent : "/tmp") == 0 && mkdtemp(path));
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	HOLDS(folder >= 0);
	return 0;
}

static void
append(const char *suffix, const void *bytes, size_t size)
{
	char name[DAY_NAME_SIZE];
	int fd;

	day_name(DAY, suffix, name);
	fd = openat(
	    folder, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	HOLDS(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

static void
remove_file(const char *suffix)
{
	char name[DAY_NAME_SIZE];

	day_name(DAY, suffix, name);
	(void)!unlinkat(folder, name, 0);
}

#define TEXTS 10

/* The texts of an entry, decoded; to be freed. */
static void
decode(struct journal_entry *entry, char *texts[TEXTS])
{
	struct entry_text *const all[TEXTS] = {&entry->campaign, &entry->format,
	    &entry->why, &entry->batch, &entry->action, &entry->project,
	    &entry->cohort, &entry->name, &entry->session, &entry->command};
	size_t i, room;

	for (i = 0; i < TEXTS; i++) {
		/* What is not UTF-8 takes three bytes then. */
		room = 3 * all[i]->size + 1;
		texts[i] = malloc(room);
		HOLDS(texts[i]);
		entry_text_show(*all[i], texts[i], room);
		*all[i] = (struct entry_text){texts[i], strlen(texts[i])};
	}
}

static void
free_all(char *texts[TEXTS])
{
	size_t i;

	for (i = 0; i < TEXTS; i++)
		free(texts[i]);
}

/* An entry that was read is written, read, and written: the same. */
static void
check_entry(struct journal_entry entry)
{
	char line[ENTRY_SIZE], again[ENTRY_SIZE];
	char *texts[TEXTS], *same[TEXTS], *copy;
	struct journal_entry read;
	size_t size, i;

	decode(&entry, texts);
	size = entry_write(&entry, line);
	HOLDS(size > 2 && size <= ENTRY_SIZE && line[size - 1] == '\n');
	copy = fuzz_copy(line, size - 1);
	HOLDS(entry_read(copy, size - 1, &read));
	HOLDS(read.kind == entry.kind && read.at_ms == entry.at_ms &&
	      read.users == entry.users);
	HOLDS(entry.kind == ENTRY_RUN
		  ? read.exit == entry.exit && read.run_ms == entry.run_ms
		  : read.status == entry.status && read.ms == entry.ms &&
			read.requests == entry.requests);
	decode(&read, same);
	for (i = 0; i < TEXTS; i++)
		HOLDS(!strncmp(same[i], texts[i], strlen(same[i])));
	HOLDS(entry_write(&read, again) == size);
	HOLDS(!memcmp(line, again, size));
	free_all(texts);
	free_all(same);
	free(copy);
}

/* With a space after each name it is read in another way, and as the same. */
static void
check_spaced(const char *line, size_t size)
{
	char *spaced = malloc(2 * size + 1), *to = spaced;
	struct journal_entry one, other;
	bool is_one, is_other;
	size_t i;

	HOLDS(spaced);
	for (i = 0; i < size; i++) {
		*to++ = line[i];
		if (line[i] == '"' && i + 1 < size && line[i + 1] == ':')
			*to++ = ' ';
	}
	is_one = entry_read(line, size, &one);
	is_other = entry_read(spaced, (size_t)(to - spaced), &other);
	HOLDS(is_one == is_other);
	HOLDS(!is_one ||
	      (one.kind == other.kind && one.at_ms == other.at_ms &&
		  one.status == other.status && one.users == other.users &&
		  one.requests == other.requests && one.ms == other.ms &&
		  one.exit == other.exit && one.run_ms == other.run_ms &&
		  one.page == other.page));
	free(spaced);
}

/* A text in small rooms never passes their ends. */
static void
check_show(struct entry_text text)
{
	char *to;
	size_t room;

	for (room = 1; room < 9; room++) {
		to = malloc(room);
		HOLDS(to);
		entry_text_show(text, to, room);
		HOLDS(strlen(to) < room);
		free(to);
	}
}

/* What the readers must find: the hashes of entries in their order. */
#define ENTRIES_MAX 65536
static struct found {
	uint64_t hashes[ENTRIES_MAX];
	size_t count;
} wanted, found;

static void
keep(void *to, const struct journal_entry *entry)
{
	struct found *const list = to;

	HOLDS(list->count < ENTRIES_MAX);
	list->hashes[list->count++] = (uint64_t)entry->at_ms * 31 +
				      entry->users * 17 +
				      (uint64_t)entry->status * 7 +
				      entry->why.size + (uint64_t)entry->kind;
}

static void
check_lines(const char *bytes, size_t size)
{
	const char *line = bytes, *const end = bytes + size, *newline;
	struct journal_entry entry;
	char *copy;

	wanted.count = 0;
	for (; (newline = memchr(line, '\n', (size_t)(end - line)));
	     line = newline + 1) {
		const size_t length = (size_t)(newline - line);

		copy = fuzz_copy(line, length);
		check_spaced(copy, length);
		if (entry_read(copy, length, &entry)) {
			check_entry(entry);
			check_show(entry.why);
			check_show(entry.name);
			if (length < ENTRY_SIZE)
				keep(&wanted, &entry);
		}
		free(copy);
	}
}

static void
check_order(bool is_backward)
{
	size_t i;

	HOLDS(found.count == wanted.count);
	for (i = 0; i < found.count; i++)
		HOLDS(found.hashes[i] ==
		      wanted.hashes[is_backward ? wanted.count - 1 - i : i]);
}

static void
read_on(struct reader *reader)
{
	struct journal_entry entry;
	int result;

	while ((result = reader_next(reader, &entry)) > 0)
		keep(&found, &entry);
	HOLDS(result == 0);
}

static void
check_readers(const char *bytes, size_t size)
{
	struct reader *reader = reader_open(folder, 0);
	const size_t first = size > 0 ? (unsigned char)bytes[0] % size : 0;

	HOLDS(reader);
	found.count = 0;
	append(DAY_LINES, bytes, first);
	read_on(reader);
	append(DAY_LINES, bytes + first, size - first);
	read_on(reader);
	reader_close(reader);
	check_order(false);
	found.count = 0;
	HOLDS(reader_newest(folder, NOON, 2, ENTRIES_MAX, NULL, keep, &found) ==
	      0);
	check_order(true);
}

static void
check_same(const struct summary *one, const struct summary *other)
{
	struct summary_campaign a, b;
	size_t i;

	HOLDS(one->count == other->count && one->is_empty == other->is_empty);
	for (i = 0; i < one->count; i++) {
		a = one->campaigns[i];
		b = other->campaigns[i];
		HOLDS(a.cohort_count == b.cohort_count &&
		      a.cohort_count <= SUMMARY_COHORTS);
		HOLDS(a.users == b.users && a.aside == b.aside);
		HOLDS(!memcmp(a.hours, b.hours, sizeof a.hours));
		HOLDS(!memcmp(&a.today, &b.today, sizeof a.today));
		HOLDS(!memcmp(a.buckets, b.buckets, sizeof a.buckets));
		HOLDS(a.last_arrival_ms == b.last_arrival_ms &&
		      a.last_refusal_ms == b.last_refusal_ms &&
		      a.last_status == b.last_status && a.runs == b.runs &&
		      a.last_exit == b.last_exit);
		HOLDS(!strcmp(a.campaign, b.campaign) &&
		      !strcmp(a.last_why, b.last_why));
	}
}

static void
check_hours_of_lines(void)
{
	struct summary lines, hours;

	HOLDS(summary_read(folder, NOON, &lines) == 0);
	HOLDS(hours_make(folder, NOON) == 0);
	HOLDS(summary_read(folder, NOON, &hours) == 0);
	check_same(&lines, &hours);
	summary_free(&lines);
	summary_free(&hours);
}

/* Any hours: if they are taken, they are written as they were read. */
static void
check_hours(const char *bytes, size_t size)
{
	struct summary first = {0}, second = {0};
	struct hours_head head;

	append(DAY_HOURS, bytes, size);
	if (hours_read(folder, DAY, &first, &head) > 0) {
		HOLDS(hours_write(folder, DAY, &first, &head) == 0);
		HOLDS(hours_read(folder, DAY, &second, &head) == 1);
		check_same(&first, &second);
	}
	summary_free(&first);
	summary_free(&second);
	HOLDS(summary_read(folder, NOON, &first) == 0);
	summary_free(&first);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = fuzz_copy(data, size);

	if (size > 0 && *bytes == 'h') {
		check_hours(bytes + 1, size - 1);
	} else {
		check_lines(bytes, size);
		check_readers(bytes, size);
		check_hours_of_lines();
	}
	remove_file(DAY_LINES);
	remove_file(DAY_HOURS);
	free(bytes);
	return 0;
}
