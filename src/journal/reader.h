/*
 * reader.h: the lines of a journal, over the change of day. Reads in blocks, in
 * bounded memory. Calls return 0 or 1, or -1 and errno. A folder or a day that
 * is missing is empty.
 */
#ifndef READER_H
#define READER_H

#include "journal/entry.h"

struct reader;

/*
 * Goes forward from FROM_MS (by the day's file; entries before it are skipped).
 * FOLDER is the descriptor of DIR/.journal, borrowed, or -1: an empty journal.
 * NULL and errno.
 */
struct reader *reader_open(int folder, int64_t from_ms) MUST_USE;
void reader_close(struct reader *reader);

/*
 * The next entry, its texts valid until the next call: 1; 0: none yet. After 0
 * it may be called again, when the journal has grown or the day has changed; a
 * line without its end is not read yet.
 */
int reader_next(struct reader *reader, struct journal_entry *entry) MUST_USE;

/* The line that this entry came from, without its end. */
struct entry_text reader_line(const struct reader *reader);

/*
 * The newest COUNT entries that MATCHES accepts (NULL: all), the newest first,
 * read from the end of the files, at most DAYS of them. GETS gets each; its
 * texts are valid during the call. 0, or -1 and errno.
 */
int reader_newest(int folder, int64_t now_ms, unsigned days, size_t count,
    bool (*matches)(void *to, const struct journal_entry *entry),
    void (*gets)(void *to, const struct journal_entry *entry),
    void *to) MUST_USE;

#endif
