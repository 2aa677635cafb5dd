#include "once/rows.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"
#include "once/print.h"

static const char *const names[][ROWS_COLUMNS] = {
    [ROWS_ROSTERS] = {"campaign", "project", "cohort", "name", "members",
	"last_whole_sync"},
    [ROWS_PEOPLE] = {"$distinct_id", "since", "$properties"},
};

static void
print_json(enum rows_kind kind, const struct rows_cell *cells)
{
	const int columns = kind == ROWS_PEOPLE ? 3 : ROWS_COLUMNS;
	int i;

	for (i = 0; i < columns; i++) {
		const struct rows_cell *cell = &cells[i];

		/* No profile is no member; what is unknown is null. */
		if (kind == ROWS_PEOPLE && i == 2 && !cell->text)
			continue;
		printf("%c\"%s\":", i ? ',' : '{', names[kind][i]);
		if (!cell->text)
			fputs("null", stdout);
		else if (cell->is_json)
			fwrite(cell->text, 1, cell->size, stdout);
		else
			print_json_string(stdout, cell->text, cell->size);
	}
	puts("}");
}

/* RFC 4180. */
static void
print_csv(enum rows_kind kind, const struct rows_cell *cells)
{
	const int columns = kind == ROWS_PEOPLE ? 2 : ROWS_COLUMNS;
	size_t at;
	int i;

	for (i = 0; i < columns; i++) {
		const struct rows_cell *cell = &cells[i];
		bool is_quoted = false;

		for (at = 0; at < cell->size; at++)
			is_quoted |= strchr(",\"\r\n", cell->text[at]) != NULL;
		if (i)
			putchar(',');
		if (is_quoted)
			putchar('"');
		for (at = 0; at < cell->size; at++) {
			if (cell->text[at] == '"')
				putchar('"');
			putchar(cell->text[at]);
		}
		if (is_quoted)
			putchar('"');
	}
	fputs("\r\n", stdout);
}

/* Ids one a line; of rosters all columns, with tabs between them. */
static void
print_plain(enum rows_kind kind, const struct rows_cell *cells)
{
	const int columns = kind == ROWS_PEOPLE ? 1 : ROWS_COLUMNS;
	char shown[1024];
	int i;

	for (i = 0; i < columns; i++) {
		const size_t size = cells[i].size;

		printable_copy(shown, sizeof shown, size ? cells[i].text : "-",
		    size ? size : 1);
		printf("%s%s", i ? "\t" : "", shown);
	}
	putchar('\n');
}

void
rows_print_header(enum listing_form form, enum rows_kind kind)
{
	const int columns = kind == ROWS_PEOPLE ? 2 : ROWS_COLUMNS;
	int i;

	if (form != LISTING_CSV &&
	    (form != LISTING_PLAIN || kind == ROWS_PEOPLE))
		return;
	for (i = 0; i < columns; i++)
		printf("%s%s",
		    i == 0                ? ""
		    : form == LISTING_CSV ? ","
					  : "\t",
		    names[kind][i]);
	fputs(form == LISTING_CSV ? "\r\n" : "\n", stdout);
}

void
rows_print(
    enum listing_form form, enum rows_kind kind, const struct rows_cell *cells)
{
	static void (*const printers[])(
	    enum rows_kind, const struct rows_cell *) = {
	    [LISTING_PLAIN] = print_plain,
	    [LISTING_JSON] = print_json,
	    [LISTING_CSV] = print_csv,
	    [LISTING_COUNT] = print_plain,
	};

	printers[form](kind, cells);
}
