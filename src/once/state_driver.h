/*
 * state_driver.h: how and where STATE is stored. state.h says what the calls
 * do.
 */
#ifndef STATE_DRIVER_H
#define STATE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "once/state_statements.h"
#include "users/token.h"

struct state;
struct state_driver;

/* Each driver's are longer. */
struct state_row {
	const struct state_driver *driver;
};

struct state_driver {
	/* Another run may change it meanwhile, but for rosters that this one
	   has found. */
	bool is_shared;
	const char *damaged; /* what to do about a STATE that is damaged */
	const char *scratch; /* a folder for files, with a / behind; NULL: the
				one of STATE */
	int (*open)(struct state *state, const char *where);
	int (*open_to_read)(struct state *state, const char *where);
	int (*init)(struct state *state, const char *where);
	/* NULL: nothing is to be done. */
	char *(*hide)(char *where);
	int (*prepare)(struct state *state);
	int (*settle)(struct state *state);
	void (*write_ahead)(struct state *state);
	int (*commit)(struct state *state);
	/* Also after an open that failed. */
	void (*close)(struct state *state);

	struct state_row *(*use)(struct state *state,
	    enum state_statement which, int count, const int64_t *numbers);
	void (*bind_text)(
	    struct state_row *row, int at, const struct token_text *text);
	void (*bind_blob)(
	    struct state_row *row, int at, const struct token_text *text);
	int (*step)(struct state *state, struct state_row *row);
	int (*run)(struct state *state, struct state_row *row);
	/* NULL: a question takes no time to get there. */
	int (*ask)(struct state *state, struct state_row *row);
	int (*answer)(struct state *state);
	void (*reset)(struct state_row *row);
	int64_t (*number)(struct state_row *row, int column);
	bool (*is_null)(struct state_row *row, int column);
	struct token_text (*text)(struct state_row *row, int column);
};

#endif
