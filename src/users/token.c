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
	text->text++;
	text->size -= 2;
	if (!memchr(token, '\\', size))
		return 0;
	text->owner = tree_load(
	    token, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL, &lacked);
	if (!text->owner)
		return lacked ? -1 : 0;
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

int
token_is(const char *token, const char *end, const char *text)
{
	const size_t size = (size_t)(end - token) - 2;
	struct token_text decoded;
	int is_it;

	if (size == strlen(text) && memcmp(token + 1, text, size) == 0)
		return true;
	/* Most strings have no escape. */
	if (!memchr(token + 1, '\\', size))
		return false;
	if (token_decode(token, end, &decoded) < 0)
		return -1;
	is_it = decoded.size == strlen(text) &&
		memcmp(decoded.text, text, decoded.size) == 0;
	token_text_free(&decoded);
	return is_it;
}
