#include "send/profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "send/sample.h"

#define ROOM 65536

void
profiles_open(struct profiles *profiles, const struct profiles_source *source)
{
	*profiles = (struct profiles){.source = source, .fd = -1};
}

static bool
is_standard_input(const char *file)
{
	return strcmp(file, "-") == 0;
}

static void
close_file(struct profiles *profiles)
{
	if (profiles->fd > STDIN_FILENO)
		close(profiles->fd);
	profiles->fd = -1;
}

static int
open_file(struct profiles *profiles)
{
	const char *file = profiles->source->files[profiles->file];

	profiles->fd =
	    is_standard_input(file)
		? STDIN_FILENO
		: open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	profiles->line = 0;
	profiles->start = profiles->end = 0;
	profiles->at_end = profiles->skipping = false;
	return profiles->fd < 0 ? -1 : 0;
}

void
profiles_rewind(struct profiles *profiles)
{
	close_file(profiles);
	profiles->file = 0;
	profiles->line = 0;
	profiles->bytes_read = 0;
}

/* Makes room behind what is in the buffer. */
static int
make_room(struct profiles *profiles)
{
	size_t room = profiles->room ? profiles->room : ROOM;
	char *buffer;

	if (profiles->start > 0) {
		memmove(profiles->buffer, profiles->buffer + profiles->start,
		    profiles->end - profiles->start);
		profiles->end -= profiles->start;
		profiles->start = 0;
	}
	if (profiles->end == profiles->room && profiles->room > 0)
		room *= 2;
	if (room == profiles->room)
		return 0;
	buffer = realloc(profiles->buffer, room);
	if (!buffer)
		return -1;
	profiles->buffer = buffer;
	profiles->room = room;
	return 0;
}

static bool
has_nothing_yet(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	return poll(&ready, 1, 0) == 0;
}

/* PROFILES_ONE: something came, or `at_end` is set. */
static enum profiles_status
read_more(struct profiles *profiles)
{
	ssize_t size;

	if (has_nothing_yet(profiles->fd))
		return PROFILES_WAIT;
	if (make_room(profiles) < 0)
		return PROFILES_NO_MEMORY;
	size = read(profiles->fd, profiles->buffer + profiles->end,
	    profiles->room - profiles->end);
	if (size < 0)
		return errno == EINTR || errno == EAGAIN ? PROFILES_WAIT
							 : PROFILES_UNREADABLE;
	profiles->at_end = size == 0;
	profiles->end += (size_t)size;
	profiles->bytes_read += (uint64_t)size;
	return PROFILES_ONE;
}

/*
 * A line, without its end, at *LINE. PROFILES_INVALID for one that is too long,
 * of which the rest is passed over by the next call.
 */
static enum profiles_status
next_line(struct profiles *profiles, char **line, size_t *size)
{
	enum profiles_status status;
	size_t searched = 0, length;
	char *start, *newline;

	if (profiles->room == 0 && make_room(profiles) < 0)
		return PROFILES_NO_MEMORY;
	for (;;) {
		start = profiles->buffer + profiles->start;
		length = profiles->end - profiles->start;
		newline = length == searched ? NULL
					     : memchr(start + searched, '\n',
						   length - searched);
		if (newline || (profiles->at_end && length > 0)) {
			*line = start;
			*size = newline ? (size_t)(newline - start) : length;
			profiles->start += *size + (newline ? 1 : 0);
			return PROFILES_ONE;
		}
		if (profiles->at_end)
			return PROFILES_END;
		searched = length;
		if (length > PROFILES_MAX_LINE) {
			profiles->start = profiles->end;
			return PROFILES_INVALID;
		}
		status = read_more(profiles);
		if (status != PROFILES_ONE)
			return status;
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
trim(char **line, size_t *size, bool first)
{
	if (first && *size >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
		*line += 3;
		*size -= 3;
	}
	while (*size > 0 && is_space((*line)[*size - 1]))
		--*size;
	while (*size > 0 && is_space(**line)) {
		++*line;
		--*size;
	}
}

static enum profiles_status
invalid(struct profile *profile, const char *what, size_t position)
{
	profile->fault = (struct user_fault){what, position};
	return PROFILES_INVALID;
}

static enum profiles_status
too_long(struct profile *profile)
{
	return invalid(profile, "longer than 1 MiB", USER_NO_POSITION);
}

static enum profiles_status
judge(struct profile *profile, char *line, size_t size)
{
	if (size > PROFILES_MAX_LINE)
		return too_long(profile);
	if (*line == '[')
		return invalid(profile,
		    "a list, not an object: `jq -c .[]` makes lines of it",
		    USER_NO_POSITION);
	if (*line != '{')
		return invalid(profile, "not an object", USER_NO_POSITION);
	profile->user = (struct scan_user){.start = line};
	scan_user(&profile->user, line + size, &user_rule_form);
	profile->text = line;
	profile->size = size;
	switch (user_check(&profile->user, &user_rule_form, &profile->fault)) {
	case USER_OK:
		break;
	case USER_INVALID:
		return PROFILES_INVALID;
	case USER_NO_MEMORY:
		return PROFILES_NO_MEMORY;
	}
	if (profile->user.end != line + size)
		return invalid(profile, "more behind the object",
		    (size_t)(profile->user.end - line) + 1);
	return PROFILES_ONE;
}

/* A line of the file that is open. */
static enum profiles_status
next_of_file(struct profiles *profiles, struct profile *profile)
{
	const bool rest = profiles->skipping;
	enum profiles_status status;
	size_t size = 0;
	char *line = NULL;

	status = next_line(profiles, &line, &size);
	if (status == PROFILES_INVALID) {
		profiles->skipping = true;
		if (rest)
			return PROFILES_NONE;
		profile->line = ++profiles->line;
		return too_long(profile);
	}
	if (status != PROFILES_ONE)
		return status;
	profiles->skipping = false;
	if (rest)
		return PROFILES_NONE;
	profile->line = ++profiles->line;
	trim(&line, &size, profile->line == 1);
	return size > 0 ? judge(profile, line, size) : PROFILES_NONE;
}

static void
go_to_next_file(struct profiles *profiles)
{
	const int error = errno;

	close_file(profiles);
	profiles->file++;
	errno = error;
}

static enum profiles_status
next_of_files(struct profiles *profiles, struct profile *profile)
{
	const struct profiles_source *source = profiles->source;
	enum profiles_status status;
	const char *file;

	while (profiles->file < source->file_count) {
		file = source->files[profiles->file];
		profile->file =
		    is_standard_input(file) ? "standard input" : file;
		status = profiles->fd < 0 && open_file(profiles) < 0
			     ? PROFILES_UNREADABLE
			     : next_of_file(profiles, profile);
		if (status == PROFILES_END || status == PROFILES_UNREADABLE)
			go_to_next_file(profiles);
		if (status != PROFILES_END)
			return status;
	}
	return PROFILES_END;
}

static enum profiles_status
next_of_sample(struct profiles *profiles, struct profile *profile)
{
	const struct profiles_source *source = profiles->source;

	profile->file = "sample";
	if (profiles->line == source->sample)
		return PROFILES_END;
	if (profiles->room == 0 && make_room(profiles) < 0)
		return PROFILES_NO_MEMORY;
	profile->size = sample_profile(
	    source->seed, profiles->line, source->day, profiles->buffer);
	profile->text = profiles->buffer;
	profile->user = (struct scan_user){
	    .start = profiles->buffer, .end = profiles->buffer + profile->size};
	profile->line = ++profiles->line;
	return PROFILES_ONE;
}

enum profiles_status
profiles_next(struct profiles *profiles, struct profile *profile)
{
	if (profiles->source->sample > 0)
		return next_of_sample(profiles, profile);
	return next_of_files(profiles, profile);
}

/* The bytes of all files, or 0 when one is no regular file. */
static uint64_t
bytes_of_files(const struct profiles_source *source)
{
	struct stat status;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < source->file_count; i++) {
		const char *file = source->files[i];

		if ((is_standard_input(file) ? fstat(STDIN_FILENO, &status)
					     : stat(file, &status)) < 0 ||
		    !S_ISREG(status.st_mode))
			return 0;
		bytes += (uint64_t)status.st_size;
	}
	return bytes;
}

double
profiles_share(const struct profiles *profiles)
{
	const struct profiles_source *source = profiles->source;
	uint64_t all, done;

	if (source->sample > 0) {
		all = source->sample;
		done = profiles->line;
	} else {
		all = bytes_of_files(source);
		done = profiles->bytes_read - (profiles->end - profiles->start);
	}
	return all == 0 ? -1 : (double)done / (double)all;
}

void
profiles_close(struct profiles *profiles)
{
	close_file(profiles);
	free(profiles->buffer);
	profiles->buffer = NULL;
}
