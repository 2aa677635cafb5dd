/* rows.h: rows of `mixspool members`, in each of its forms. */
#ifndef ROWS_H
#define ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "once/listing.h"

enum rows_kind { ROWS_ROSTERS, ROWS_PEOPLE };

/* Columns of a roster: campaign, project, cohort, name, members and the last
   whole sync; of a person: id, time of entry and profile. */
#define ROWS_COLUMNS 6

struct rows_cell {
	const char *text; /* NULL: unknown, or none */
	size_t size;
	bool is_json; /* a number or a profile */
};

void rows_print_header(enum listing_form form, enum rows_kind kind);
void rows_print(
    enum listing_form form, enum rows_kind kind, const struct rows_cell *cells);

#endif
