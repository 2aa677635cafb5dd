/*
 * judge.h: which lines pass: who enters and who leaves, each once.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdint.h>

#include "once/passed.h"
#include "once/roster.h"

struct judge_options {
	const char *campaign;
	const char *key;  /* of alerts and events; NULL: all pass */
	uint64_t again_s; /* 0: never again */
	int64_t now;      /* in seconds */
	int64_t first_came, last_came; /* snapshot.h */
	bool is_part;                  /* the same */
	bool is_cut; /* more of the last page may come in another run */
	/* Called once before STATE is used: 0, or -1. NULL: it is open. */
	int (*ready)(void *to);
	void *to;
};

struct judge;

/* What passes goes to PASSED, which is the caller's. NULL: no memory. */
struct judge *judge_open(struct state *state,
    const struct judge_options *options, struct passed *passed);
void judge_free(struct judge *judge);

enum judge_result {
	JUDGE_OK,
	JUDGE_BAD_LINE, /* judge_why, a constant without data */
	JUDGE_FAILED,   /* state.h says why */
	JUDGE_NO_MEMORY,
	JUDGE_NOT_READY /* `ready` returned -1 */
};

/* The next line of the input, without its end; an empty one is none. It is
   judged by judge_flush at the latest, and stays as it is until then. */
enum judge_result judge_line(
    struct judge *judge, const char *line, size_t size) MUST_USE;

/* Judges all lines in hand; who passes is not otherwise than one by one. */
enum judge_result judge_flush(struct judge *judge) MUST_USE;

/* Behind the last line: judge_flush, and who leaves by a snapshot that is whole
   now. */
enum judge_result judge_end(struct judge *judge) MUST_USE;

const char *judge_why(const struct judge *judge);

/* Pages that keep a snapshot from being whole, see snapshot.h. */
uint64_t judge_unwhole(const struct judge *judge);

#endif
