/*
 * tree.h: jansson's trees; tells a lack of memory from bad JSON.
 */
#ifndef TREE_H
#define TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* Once, before any thread uses jansson: its memory and its random seed. */
void tree_init(void);

/*
 * As json_loadb. NULL: *LACKED says whether memory was lacking; otherwise ERROR
 * says what is wrong with the text.
 */
json_t *tree_load(const char *text, size_t size, size_t flags,
    json_error_t *error, bool *lacked) MUST_USE;

#endif
