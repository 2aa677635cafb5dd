#include "users/token.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "users/tree.h"

int
token_decode(const char *token, const char *end, struct token_text *text)
{
	const size_t size = (size_t)(end - token);
	bool lacked;

	*text = (struct token_text){token, size, NULL};
	if (*token != '"')
		return 0;
	if (!memchr(token, '\\', size)) {
		text->text++;
		text->size -= 2;
		return 0;
	}
	text->owner = tree_load(
	    token, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL, &lacked);
	if (!text->owner)
		return -1;
	text->text = json_string_value(text->owner);
	text->size = json_string_length(text->owner);
	return 0;
}

void
token_text_free(struct token_text *text)
{
	json_decref(text->owner);
	text->owner = NULL;
}
