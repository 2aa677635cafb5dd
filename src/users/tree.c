#include "users/tree.h"

#include <stdlib.h>

/*
 * jansson does not always report a lack of memory as such, so tree_load notes
 * it. After the first failure the rest of that load gets no memory either:
 * jansson would go on with a string that has lost a byte, and write beyond its
 * end. No other call of jansson is concerned.
 */
static _Thread_local bool is_loading, memory_lacked;

static void *
tree_allocate(size_t size)
{
	void *memory = is_loading && memory_lacked ? NULL : malloc(size);

	memory_lacked = !memory;
	return memory;
}

json_t *
tree_load(const char *text, size_t size, size_t flags, json_error_t *error,
    bool *lacked)
{
	json_t *tree;

	is_loading = true;
	memory_lacked = false;
	tree = json_loadb(text, size, flags, error);
	is_loading = false;
	*lacked = memory_lacked;
	if (!*lacked)
		return tree;
	json_decref(tree);
	return NULL;
}

void
tree_init(void)
{
	json_set_alloc_funcs(tree_allocate, free);
	json_object_seed(0);
}
