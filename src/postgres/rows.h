/*
 * rows.h: the statements of a state in PostgreSQL, and their rows, as
 * once/state_driver.h has them.
 *
 * A statement without rows is sent, and not waited for. All rows of the others
 * are read before the first one is seen, but for those of packs, which are
 * large: these come by some at a time.
 */
#ifndef ROWS_H
#define ROWS_H

#include "postgres/session.h"

struct rows;

/* NULL: no memory. */
struct rows *rows_new(void);
/* ROWS may be NULL. Closes the session, too. */
void rows_free(struct rows *rows);

struct session *rows_session(struct state *state);

struct state_row *rows_use(struct state *state, enum state_statement which,
    int count, const int64_t *numbers);
void rows_bind(struct state_row *row, int at, const struct token_text *text);
int rows_step(struct state *state, struct state_row *row) MUST_USE;
int rows_run(struct state *state, struct state_row *row) MUST_USE;
int rows_ask(struct state *state, struct state_row *row) MUST_USE;
int rows_answer(struct state *state) MUST_USE;
void rows_reset(struct state_row *row);
int64_t rows_number(struct state_row *row, int column);
bool rows_is_null(struct state_row *row, int column);
struct token_text rows_text(struct state_row *row, int column);

#endif
