/*
 * judges.h: two judges, each with a state in memory, that get the same lines:
 * one judges each at once, the other many together. Their results must be the
 * same.
 */
#ifndef JUDGES_H
#define JUDGES_H

#include "once/judge.h"
#include "once/state_sqlite.h"

#include "fuzz.h"

#define HELD 4000

/* A judge and its state. */
struct judges_one {
	struct state state;
	struct judge *judge;
	struct passed passed;
	FILE *to;
	char *text; /* of `to` */
	size_t size;
};

struct judges {
	struct judges_one one, many;
	char *held[HELD]; /* lines that `many` has in hand */
	size_t count;
};

static inline void
judges_open_one(struct judges_one *bench, bool has_profiles)
{
	HOLDS(
	    state_open(&bench->state, &state_sqlite, NULL, has_profiles) == 0);
}

static inline void
judges_begin_one(struct judges_one *bench)
{
	const struct judge_options options = {
	    .campaign = "default", .key = "key", .now = 1000};

	bench->to = open_memstream(&bench->text, &bench->size);
	HOLDS(bench->to);
	passed_open(&bench->passed, bench->to, -1);
	bench->judge = judge_open(&bench->state, &options, &bench->passed);
	HOLDS(bench->judge);
}

static inline void
judges_end_one(struct judges_one *bench)
{
	HOLDS(judge_end(bench->judge) == JUDGE_OK);
	judge_free(bench->judge);
	fclose(bench->to);
}

static inline void
judges_flush(struct judges *judges)
{
	HOLDS(judge_flush(judges->many.judge) == JUDGE_OK);
	while (judges->count > 0)
		free(judges->held[--judges->count]);
}

/* Gives a line to both. */
static inline enum judge_result
judges_line(struct judges *judges, const char *line, size_t size)
{
	enum judge_result result, same;
	const char *copy;

	if (judges->count == HELD)
		judges_flush(judges);
	judges->held[judges->count] = fuzz_copy(line, size);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): flush frees it */
	copy = judges->held[judges->count++];
	result = judge_line(judges->one.judge, copy, size);
	HOLDS(judge_flush(judges->one.judge) == JUDGE_OK);
	same = judge_line(judges->many.judge, copy, size);
	HOLDS(result == same);
	return result;
}

static inline void
judges_open(struct judges *judges, bool has_profiles)
{
	judges->count = 0;
	judges_open_one(&judges->one, has_profiles);
	judges_open_one(&judges->many, has_profiles);
}

/* A run is from judges_begin to judges_end; judges->one.text is what passed,
   until judges_forget. */
static inline void
judges_begin(struct judges *judges)
{
	judges_begin_one(&judges->one);
	judges_begin_one(&judges->many);
}

static inline void
judges_check_rows(struct judges *judges, const char *sql)
{
	sqlite3 *one = state_sqlite_database(&judges->one.state);
	sqlite3 *many = state_sqlite_database(&judges->many.state);
	sqlite3_stmt *a, *b;
	int i, found;

	HOLDS(sqlite3_prepare_v2(one, sql, -1, &a, NULL) == SQLITE_OK);
	HOLDS(sqlite3_prepare_v2(many, sql, -1, &b, NULL) == SQLITE_OK);
	do {
		found = sqlite3_step(a);
		HOLDS(sqlite3_step(b) == found);
		for (i = 0; found == SQLITE_ROW && i < sqlite3_column_count(a);
		     i++) {
			const int size = sqlite3_column_bytes(a, i);

			HOLDS(sqlite3_column_bytes(b, i) == size);
			HOLDS(size == 0 ||
			      !memcmp(sqlite3_column_blob(a, i),
				  sqlite3_column_blob(b, i), (size_t)size));
		}
	} while (found == SQLITE_ROW);
	sqlite3_finalize(a);
	sqlite3_finalize(b);
}

/* The two states are the same, but for how people are in rows. */
static inline void
judges_check(struct judges *judges)
{
	judges_check_rows(judges, "SELECT * FROM person ORDER BY roster, id");
	judges_check_rows(judges, "SELECT * FROM roster ORDER BY id");
	judges_check_rows(
	    judges, "SELECT * FROM snapshot ORDER BY roster, number");
	judges_check_rows(judges, "SELECT * FROM page ORDER BY 1, 2, 3");
	judges_check_rows(judges, "SELECT * FROM profile ORDER BY roster, id");
	judges_check_rows(judges, "SELECT * FROM event ORDER BY campaign, key");
}

static inline void
judges_end(struct judges *judges)
{
	judges_flush(judges);
	judges_end_one(&judges->one);
	judges_end_one(&judges->many);
	HOLDS(judges->one.size == judges->many.size);
	HOLDS(!memcmp(judges->one.text, judges->many.text, judges->one.size));
}

static inline void
judges_forget(struct judges *judges)
{
	free(judges->one.text);
	free(judges->many.text);
}

static inline void
judges_close(struct judges *judges)
{
	judges_check(judges);
	HOLDS(state_commit(&judges->one.state) == 0);
	HOLDS(state_commit(&judges->many.state) == 0);
	state_close(&judges->one.state);
	state_close(&judges->many.state);
}

#endif
