/*
 * journal.h: what came and what was handed over, a line each, a file a day
 * (UTC): DIR/.journal/2026-11-28.jsonl. mixspool(5) has the members of a line.
 * No personal data.
 *
 * The journal never makes a request fail, never delays an answer, and is not
 * synced: a power loss may take its last seconds. Any number of processes
 * append to one file, each group of lines with one write.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "journal/entry.h"

#define JOURNAL_FOLDER ".journal"
#define JOURNAL_DAYS 30 /* kept by default beside today; 0: no journal */
#define JOURNAL_ALL_DAYS UINT_MAX /* removing days is another process's */

/*
 * A day's file that has so many bytes gets counts per minute in place of lines
 * for requests, and at twice as many nothing more: a flood fills no disk.
 */
#define JOURNAL_DAY_MAX ((uint64_t)16 << 20)

struct journal;

/*
 * The journal of the spool, whose descriptor is borrowed. Makes the folder when
 * the first line is written. NULL: DAYS is 0, or no memory; all calls take NULL
 * and do nothing then. Whether it is off is noted there (condition.h).
 */
struct journal *journal_open(int spool, unsigned days) MUST_USE;

/* Writes what is left, also the counts of this minute. May wait for a disk. */
void journal_close(struct journal *journal);

/*
 * Opens the folder of the journal, and makes it if it is missing, with the
 * permissions of the spool. A descriptor, or -1 and errno.
 */
int journal_make_folder(int spool) MUST_USE;

/*
 * Notes a request or a run, in memory. Thread-safe, like all calls below. What
 * does not fit into memory is counted with its minute.
 */
void journal_note(struct journal *journal, const struct journal_entry *entry);

/*
 * Writes all that is noted, by one write; nothing when nothing is, and while
 * another thread writes. After a failure it leaves the writing to journal_tick.
 * Called after the answers of a group.
 */
void journal_flush(struct journal *journal);

/* errno of the last write, if it failed, or 0. Never waits. */
int journal_error(struct journal *journal);

/* Is there anything for journal_tick? Never waits. */
bool journal_is_due(struct journal *journal);

/*
 * Once a second or so when it is due, from one thread, which may wait for a
 * disk: journal_flush, a look whether the file is still there, counts of the
 * minutes that have ended, removal of days that are too old, and the hours of
 * days that have ended (hours.h).
 */
void journal_tick(struct journal *journal);

/*
 * What is to be reported after journal_tick, from its thread: the journal
 * cannot be written any more, with *ERROR, at most once in JOURNAL_NEWS_MS; or
 * it can again.
 */
#define JOURNAL_NEWS_MS ((int64_t)3600 * 1000)
enum journal_news { JOURNAL_NO_NEWS, JOURNAL_FAILS, JOURNAL_WORKS };
enum journal_news journal_news(struct journal *journal, int *error) MUST_USE;

#endif
