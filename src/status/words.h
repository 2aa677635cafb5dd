/*
 * words.h: numbers and times as people write them. All times are UTC.
 *
 * Each call writes to the caller's buffer, in ASCII without a meaning in HTML,
 * and returns it.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdint.h>

#define WORDS_SIZE 64

/* 1204567 is "1,204,567". */
const char *words_number(uint64_t number, char words[WORDS_SIZE]);

/* "1 user", "1,204 users"; the plural is THING and an s, or an es behind ch. */
const char *words_count(
    uint64_t number, const char *thing, char words[WORDS_SIZE]);

/* From MS to NOW_MS: "3 minutes", "2 days". */
const char *words_for(int64_t ms, int64_t now_ms, char words[WORDS_SIZE]);

/* "just now", "3 minutes ago"; "in the future" if a clock was wrong; 0 is
   "never". */
const char *words_ago(int64_t ms, int64_t now_ms, char words[WORDS_SIZE]);

/* Is it so far after now that a clock must have been wrong? */
int words_is_future(int64_t ms, int64_t now_ms);

enum words_format {
	WORDS_ISO,        /* 2026-11-28T17:55:01Z */
	WORDS_DATE,       /* Sat 28 Nov 2026, 17:55:01 */
	WORDS_HOUR,       /* Sat 17:00 */
	WORDS_DAY_HOUR,   /* Sat 28 Nov 17:00 */
	WORDS_DAY_MINUTE, /* 28 Nov 17:55 */
	WORDS_DAY_SECOND, /* 28 Nov 17:55:01 */
	WORDS_SECOND,     /* 17:55:01 */
};

const char *words_time(
    int64_t ms, enum words_format format, char words[WORDS_SIZE]);

#endif
