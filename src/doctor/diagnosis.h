/*
 * diagnosis.h: what the checks find, printed as it comes, or as JSON at the
 * end.
 *
 * A check adds one finding or several, and may add advice to the last one: what
 * to change, in which file, and the line as it should be. Texts come from
 * outside in parts; what is not printable is escaped when it is printed.
 */
#ifndef DIAGNOSIS_H
#define DIAGNOSIS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/attributes.h"

enum grade {
	GRADE_OK,
	GRADE_SKIPPED, /* another fault is in the way */
	GRADE_WARNING,
	GRADE_WRONG,
};

#define DIAGNOSIS_TEXT 1024 /* bytes of a text, its end included */

/* Begin with {.json = ..., .quiet = ...}. */
struct diagnosis {
	bool json;
	bool quiet;        /* of people's lines, those with advice alone */
	const char *check; /* the one that runs now */
	enum grade worst;
	json_t *findings;   /* with json; owned */
	bool is_incomplete; /* for want of memory; with json */
	json_t *advice;     /* of the last finding; borrowed */
	bool is_shown;      /* the last finding was printed */
};

void diagnosis_add(struct diagnosis *diagnosis, enum grade grade,
    const char *format, ...) PRINTF(3, 4);

/* NOTE says what to do; FILE and LINE, which may have several lines, may be
   NULL. */
void diagnosis_advise(struct diagnosis *diagnosis, const char *note,
    const char *file, const char *line);

/*
 * With json, prints the object: TARGET, and SERVER unless it is NULL. Returns
 * the exit status: 0, 1 for warnings, 2 for faults, or EX_OSERR without memory.
 */
int diagnosis_end(
    struct diagnosis *diagnosis, const char *target, const char *server);

#endif
