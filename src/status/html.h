/*
 * html.h: HTML in a buffer that grows, up to HTML_MAX.
 *
 * Nothing fails on its own: without memory, and beyond HTML_MAX, `failed` is
 * set and all later calls do nothing. Text from outside goes in by html_text
 * alone.
 */
#ifndef HTML_H
#define HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define HTML_MAX ((size_t)2 << 20) /* bytes */

struct html {
	char *text; /* owned; not NUL-terminated */
	size_t size, room;
	bool failed;
};

void html_free(struct html *html);

/* Markup of ours as it is, and with printf's arguments: numbers, and words of
   ours. */
void html_put(struct html *html, const char *markup);
void html_format(struct html *html, const char *format, ...) PRINTF(2, 3);

/*
 * Text from outside, as text: without meaning as markup, its direction kept to
 * itself (<bdi>), and each byte that printable.h does not show as \xHH.
 */
void html_text(struct html *html, const char *text);

/* The same for the value of an attribute, which cannot have a <bdi>. */
void html_value(struct html *html, const char *text);

#endif
