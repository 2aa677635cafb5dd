/*
 * name_set.h: the names of an object, as their hashes: two that are different
 * may pass for one, and one never for two.
 */
#ifndef NAME_SET_H
#define NAME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define NAME_SET_MAX 256

/* `count` 0: empty, whatever the rest is. */
struct name_set {
	size_t count;
	uint32_t hashes[NAME_SET_MAX];
};

/* Adds SIZE bytes of NAME. false: it may be there already, or the set is full.
 */
bool name_set_add(struct name_set *set, const char *name, size_t size) MUST_USE;

#endif
