#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fd.h"
#include "journal/condition.h"
#include "journal/day.h"
#include "journal/hours.h"
#include "journal/journal_inside.h"
#include "journal/removal.h"

/* Other processes finish with a day meanwhile. */
#define DAY_SETTLES_MS 120000

struct journal *
journal_open(int spool, unsigned days)
{
	struct journal *journal;

	if (days != JOURNAL_ALL_DAYS)
		condition_note(spool, days == 0);
	if (days == 0)
		return NULL;
	journal = calloc(1, sizeof *journal);
	if (!journal)
		return NULL;
	journal->days = days;
	journal->full_day = journal->kept_day = JOURNAL_NO_DAY;
	writer_init(&journal->writer, spool);
	journal->noted = block_new();
	journal->leaving = block_new();
	pthread_mutex_init(&journal->mutex, NULL);
	if (journal->noted && journal->leaving)
		return journal;
	journal_close(journal);
	return NULL;
}

int
journal_make_folder(int spool)
{
	return writer_make_folder(spool);
}

/* Called with the mutex held, as the next two. */
static void
note(struct journal *journal, const struct journal_entry *entry)
{
	const bool is_request = entry->kind == ENTRY_REQUEST;
	const bool is_line =
	    !(is_request && day_of(entry->at_ms) == journal->full_day) &&
	    block_add(journal->noted, entry);

	if (is_request && !is_line)
		minutes_add(&journal->minutes, entry);
}

/* The counts of minutes that have ended become lines. */
static void
note_minutes(struct journal *journal, int64_t now_ms)
{
	struct journal_entry entry;
	struct minute *minute;

	while ((minute = minutes_ended(&journal->minutes, now_ms))) {
		entry = minutes_entry(minute);
		if (!block_add(journal->noted, &entry))
			break;
		minutes_drop(&journal->minutes, minute);
	}
}

/* Lines that failed wait for journal_tick, as does a look at the file, which
   may be gone, or grow by what others write. */
static bool
begin_writing(struct journal *journal, bool is_again)
{
	struct block *empty = journal->leaving;

	if (journal->is_writing || (journal->error && !is_again))
		return false;
	if (journal->leaving->size == 0) {
		journal->leaving = journal->noted;
		journal->noted = empty;
	}
	journal->is_writing =
	    journal->leaving->size > 0 || (is_again && journal->is_unseen);
	return journal->is_writing;
}

/* Called without the mutex, as all that follow. True: nothing failed, and there
   may be more. IS_AGAIN: also what could not be written before. */
static bool
flush(struct journal *journal, bool is_again)
{
	bool is_mine;
	int error;

	pthread_mutex_lock(&journal->mutex);
	is_mine = begin_writing(journal, is_again);
	pthread_mutex_unlock(&journal->mutex);
	if (!is_mine)
		return false;
	if (is_again)
		writer_check(&journal->writer);
	error = journal_write(journal) < 0 ? errno : 0;
	pthread_mutex_lock(&journal->mutex);
	journal->is_writing = false;
	journal->error = error;
	journal->is_unseen = !is_again;
	if (journal->writer.fd >= 0)
		journal->full_day = journal->writer.size >= JOURNAL_DAY_MAX
					? journal->writer.day
					: JOURNAL_NO_DAY;
	pthread_mutex_unlock(&journal->mutex);
	return !error;
}

void
journal_note(struct journal *journal, const struct journal_entry *entry)
{
	if (!journal)
		return;
	pthread_mutex_lock(&journal->mutex);
	note(journal, entry);
	pthread_mutex_unlock(&journal->mutex);
}

void
journal_flush(struct journal *journal)
{
	if (journal)
		(void)flush(journal, false);
}

/* Once more for what came in between, or did not fit beside the rest. */
static void
flush_all(struct journal *journal, int64_t now_ms)
{
	int turns = 4;

	do {
		pthread_mutex_lock(&journal->mutex);
		note_minutes(journal, now_ms);
		pthread_mutex_unlock(&journal->mutex);
	} while (flush(journal, true) && --turns > 0);
}

static bool
has_new_day(const struct journal *journal, int64_t now_ms)
{
	return journal->days != JOURNAL_ALL_DAYS &&
	       journal->kept_day != day_of(now_ms) &&
	       now_ms % DAY_MS >= DAY_SETTLES_MS;
}

static void
keep_days(struct journal *journal, int64_t now_ms)
{
	const int folder = writer_folder(journal->writer.spool);
	const int64_t today = day_of(now_ms);

	pthread_mutex_lock(&journal->mutex);
	journal->kept_day = today;
	pthread_mutex_unlock(&journal->mutex);
	if (folder < 0)
		return;
	/* First, since the sums of what is removed go on there. */
	(void)!hours_make(folder, now_ms);
	removal_of_days(folder, today - (int64_t)journal->days);
	fd_close(folder);
}

void
journal_tick(struct journal *journal)
{
	const int64_t now_ms = day_now_ms();

	if (!journal)
		return;
	flush_all(journal, now_ms);
	if (has_new_day(journal, now_ms))
		keep_days(journal, now_ms);
}

void
journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (journal->noted && journal->leaving)
		flush_all(journal, INT64_MAX);
	/* A process that serves one request never ticks. The first line of a
	   day may be a drain's: then one of the next requests does it. */
	if (journal->writer.has_begun_page &&
	    journal->kept_day == JOURNAL_NO_DAY &&
	    journal->days != JOURNAL_ALL_DAYS)
		keep_days(journal, day_now_ms());
	writer_close(&journal->writer);
	minutes_free(&journal->minutes);
	free(journal->noted);
	free(journal->leaving);
	pthread_mutex_destroy(&journal->mutex);
	free(journal);
}

bool
journal_is_due(struct journal *journal)
{
	const int64_t now_ms = day_now_ms();
	bool is_due;

	if (!journal)
		return false;
	pthread_mutex_lock(&journal->mutex);
	is_due = journal->noted->size > 0 || journal->error ||
		 journal->is_unseen ||
		 minutes_ended(&journal->minutes, now_ms) ||
		 has_new_day(journal, now_ms);
	pthread_mutex_unlock(&journal->mutex);
	return is_due;
}

int
journal_error(struct journal *journal)
{
	int error;

	if (!journal)
		return 0;
	pthread_mutex_lock(&journal->mutex);
	error = journal->error;
	pthread_mutex_unlock(&journal->mutex);
	return error;
}

enum journal_news
journal_news(struct journal *journal, int *error)
{
	const int64_t now_ms = clock_ms();

	*error = journal_error(journal);
	if (!journal || !*error == !journal->is_reported)
		return JOURNAL_NO_NEWS;
	if (*error && journal->reported_ms > 0 &&
	    now_ms - journal->reported_ms < JOURNAL_NEWS_MS)
		return JOURNAL_NO_NEWS;
	if (*error)
		journal->reported_ms = now_ms;
	journal->is_reported = *error != 0;
	return *error ? JOURNAL_FAILS : JOURNAL_WORKS;
}
