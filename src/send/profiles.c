#include "send/profiles.h"

#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "send/foreign.h"

void
profiles_open(struct profiles *profiles, const struct profiles_source *source)
{
	*profiles = (struct profiles){.source = source, .lines = {.fd = -1}};
}

void
profiles_rewind(struct profiles *profiles)
{
	lines_close(&profiles->lines);
	profiles->lines.taken = 0;
	profiles->file = 0;
	profiles->sampled = 0;
}

static void
trim_line(char **line, size_t *size, bool first)
{
	if (first && *size >= 3 && memcmp(*line, "\xef\xbb\xbf", 3) == 0) {
		*line += 3;
		*size -= 3;
	}
	while (*size > 0 && ascii_is_json_space((*line)[*size - 1]))
		--*size;
	while (*size > 0 && ascii_is_json_space(**line)) {
		++*line;
		--*size;
	}
}

static enum reading
refuse(struct profile *profile, const char *what, size_t position)
{
	profile->fault = (struct user_fault){what, position};
	return READING_INVALID;
}

static enum reading
judge_line(const struct profiles_source *source, struct profile *profile,
    char *line, size_t size)
{
	const struct user_rule *rule =
	    source->events ? &user_rule_any : &user_rule_form;

	if (*line != '{')
		return refuse(profile, "not an object", USER_NO_POSITION);
	profile->user = (struct scan_user){.start = line};
	scan_user(&profile->user, line + size, rule);
	profile->text = line;
	profile->size = size;
	switch (user_check(&profile->user, rule, &profile->fault)) {
	case USER_OK:
		break;
	case USER_NONE:
	case USER_INVALID:
		return READING_INVALID;
	case USER_NO_MEMORY:
		return READING_NO_MEMORY;
	}
	if (profile->user.end != line + size)
		return refuse(profile, "more behind the object",
		    (size_t)(profile->user.end - line) + 1);
	return READING_ONE;
}

/* What may be known about a line that is refused, or about its whole file,
   whose rest is passed over then. */
static void
explain(struct profiles *profiles, struct profile *profile, const char *line,
    size_t size)
{
	struct lines *lines = &profiles->lines;
	const char *what = NULL, *ahead;
	size_t size_ahead;

	ahead = lines_ahead(lines, &size_ahead);
	if (profile->line == 1)
		what = foreign_file(line, (size_t)(ahead - line) + size_ahead,
		    (size_t)(ahead - line));
	if (what) {
		lines_close(lines);
		profiles->file++;
	} else {
		what = foreign_line(line, size);
	}
	if (what)
		profile->fault = (struct user_fault){what, USER_NO_POSITION};
}

/* user_check rewrites what it reads, which may be half of an escape. */
static bool
is_whole_object(const char *line, size_t size)
{
	json_t *object;

	if (size == 0 || line[0] != '{' || line[size - 1] != '}')
		return false;
	object = json_loadb(line, size, 0, NULL);
	json_decref(object);
	return object != NULL;
}

/* The start of a line as a line: its end may never come. Unless it is a whole
   profile, nothing is taken, and the line goes on. */
static enum reading
next_unended(struct profiles *profiles, struct profile *profile)
{
	struct lines *lines = &profiles->lines;
	size_t size, size_ahead;
	char *line;

	if (lines->fd < 0 || lines->is_skipping)
		return READING_WAIT;
	line = lines_ahead(lines, &size_ahead);
	size = size_ahead;
	trim_line(&line, &size, lines->number == 0);
	if (!is_whole_object(line, size) ||
	    judge_line(profiles->source, profile, line, size) != READING_ONE)
		return READING_WAIT;
	lines_take_ahead(lines, size_ahead);
	profile->line = lines->number + 1;
	return READING_ONE;
}

/* A line of the file that is open. */
static enum reading
next_of_file(struct profiles *profiles, struct profile *profile)
{
	struct lines *lines = &profiles->lines;
	enum reading status;
	size_t size = 0;
	char *line = NULL;

	status = lines_next(lines, &line, &size);
	if (status == READING_WAIT && profiles->is_quiet)
		return next_unended(profiles, profile);
	profile->line = lines->number;
	if (status != READING_ONE && status != READING_INVALID)
		return status;
	trim_line(&line, &size, profile->line == 1);
	if (status == READING_INVALID)
		status = refuse(profile, "longer than 1 MiB", USER_NO_POSITION);
	else if (size > 0)
		status = judge_line(profiles->source, profile, line, size);
	else
		status = READING_NONE;
	if (status == READING_INVALID)
		explain(profiles, profile, line, size);
	return status;
}

static enum reading
next_of_files(struct profiles *profiles, struct profile *profile)
{
	const struct profiles_source *source = profiles->source;
	struct lines *lines = &profiles->lines;
	enum reading status;
	const char *file;

	while (profiles->file < source->file_count) {
		file = source->files[profiles->file];
		profile->file =
		    lines_is_standard_input(file) ? "standard input" : file;
		status = lines->fd < 0 && lines_open(lines, file) < 0
			     ? READING_UNREADABLE
			     : next_of_file(profiles, profile);
		if (status == READING_END || status == READING_UNREADABLE) {
			lines_close(lines);
			profiles->file++;
		}
		if (status != READING_END)
			return status;
	}
	return READING_END;
}

static enum reading
next_of_sample(struct profiles *profiles, struct profile *profile)
{
	const struct profiles_source *source = profiles->source;

	if (profiles->sampled == source->sample)
		return READING_END;
	profile->file = "sample";
	profile->size = sample_profile(
	    source->seed, profiles->sampled, source->day, profiles->sample);
	profile->text = profiles->sample;
	profile->user = (struct scan_user){
	    .start = profiles->sample, .end = profiles->sample + profile->size};
	profile->line = ++profiles->sampled;
	return READING_ONE;
}

static enum reading
next_of_line(struct profiles *profiles, struct profile *profile)
{
	if (profiles->sampled++ > 0)
		return READING_END;
	*profile = (struct profile){.text = profiles->source->line,
	    .size = strlen(profiles->source->line)};
	return READING_ONE;
}

enum reading
profiles_next(struct profiles *profiles, struct profile *profile)
{
	if (profiles->source->line)
		return next_of_line(profiles, profile);
	if (profiles->source->sample > 0)
		return next_of_sample(profiles, profile);
	return next_of_files(profiles, profile);
}

/* The size of all files; 0 when one is not a regular file. */
static uint64_t
bytes_of_files(const struct profiles_source *source)
{
	struct stat status;
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < source->file_count; i++) {
		const char *file = source->files[i];

		if ((lines_is_standard_input(file)
			    ? fstat(STDIN_FILENO, &status)
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
	const bool is_sample = source->sample > 0;
	const uint64_t all =
	    is_sample ? source->sample : bytes_of_files(source);
	const uint64_t done =
	    is_sample ? profiles->sampled : profiles->lines.taken;

	return all == 0 ? -1 : (double)done / (double)all;
}

void
profiles_close(struct profiles *profiles)
{
	lines_free(&profiles->lines);
}
