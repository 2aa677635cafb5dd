/*
 * state.h: STATE, which knows who is in. What is stored are the rows of the
 * schema in mixspool-once(1); how, and where, is up to a driver.
 *
 * One transaction is one run: it is durable when state_commit is 0, and a run
 * that dies before that leaves nothing of itself. Calls return 0, or -1: then
 * `status` and `why` say what is wrong, without data.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "once/state_driver.h"
#include "users/token.h"

#define STATE_TOGETHER 100 /* questions, at most */

struct state {
	const struct state_driver *driver;
	void *session; /* the driver's */
	bool has_profiles;
	int status; /* after a failure: EX_DATAERR, what is there is damaged or
		       of something else; or another one of sysexits.h */
	/* After a commit that failed: it may also have succeeded, as far as
	   anybody here knows. */
	bool is_unknown;
	char why[200];
	/* Of state_ask, where the driver has nothing of its own. */
	int answers[STATE_TOGETHER];
	int asked, answered;
};

/* Opens WHERE and begins the transaction: see the driver. Always followed by
   state_close. */
int state_open(struct state *state, const struct state_driver *driver,
    const char *where, bool has_profiles) MUST_USE;
/* To look only, at one moment; it must be there. */
int state_open_to_read(struct state *state, const struct state_driver *driver,
    const char *where) MUST_USE;
/* Makes what state_open needs, unless it is there, and nothing else. */
int state_init(struct state *state, const struct state_driver *driver,
    const char *where) MUST_USE;
/* A copy of WHERE for these, owned by the caller; NULL: no memory. What is
   secret in WHERE itself, which messages show, is overwritten. */
char *state_hide(const struct state_driver *driver, char *where) MUST_USE;
/* Many lines will change it: what can be done before they are known. */
int state_prepare(struct state *state) MUST_USE;
/* Before the command runs: fails if anything that was run has failed, or if
   the disk of STATE is so full that state_commit would
   fail. */
int state_settle(struct state *state) MUST_USE;
/* Writes what will be committed, as far as this can be done now: nobody sees it
   before, and state_commit has less to do. */
void state_write_ahead(struct state *state);
/* -1: it is rolled back, unless `is_unknown`. */
int state_commit(struct state *state) MUST_USE;
/* Rolls back what was not committed. */
void state_close(struct state *state);

/* Notes a failure. Always -1. */
int state_fail_with(struct state *state, int status, const char *why);
int state_fail_memory(struct state *state);
int state_fail_damaged(struct state *state);

/*
 * A statement with its first parameters, COUNT numbers; others are bound by the
 * caller, until state_step, and stay the caller's. Never NULL: what fails is
 * for state_step.
 */
static inline struct state_row *
state_use(struct state *state, enum state_statement which, int count,
    const int64_t *numbers)
{
	return state->driver->use(state, which, count, numbers);
}

/* NULL: null, which a number may become, too. */
static inline void
state_bind_text(struct state_row *row, int at, const struct token_text *text)
{
	row->driver->bind_text(row, at, text);
}

static inline void
state_bind_blob(struct state_row *row, int at, const struct token_text *text)
{
	row->driver->bind_blob(row, at, text);
}

/* The next row: 1; 0: there is none, -1. */
MUST_USE static inline int
state_step(struct state *state, struct state_row *row)
{
	return row->driver->step(state, row);
}

/* As state_step for the first row, of several questions at once: first all are
   asked, and then answered in their order. In between nothing else is run. */
int state_ask(struct state *state, struct state_row *row) MUST_USE;
int state_answer(struct state *state) MUST_USE;

/* All of a statement that has no rows. It may fail later, see state_settle. */
MUST_USE static inline int
state_run(struct state *state, struct state_row *row)
{
	return row->driver->run(state, row);
}

/* Behind state_step was 1: no more rows are wanted. */
static inline void
state_reset(struct state_row *row)
{
	row->driver->reset(row);
}

/* A column, from 0, of the row, until the next step or reset. Null is 0, and a
   text without bytes. */
static inline int64_t
state_number(struct state_row *row, int column)
{
	return row->driver->number(row, column);
}

static inline bool
state_is_null(struct state_row *row, int column)
{
	return row->driver->is_null(row, column);
}

/* Never NULL. */
static inline struct token_text
state_text(struct state_row *row, int column)
{
	return row->driver->text(row, column);
}

/* Is it this text? */
bool state_is_text(struct state_row *row, int column, const char *text);

#endif
