#include "status/html.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

void
html_free(struct html *html)
{
	free(html->text);
	*html = (struct html){0};
}

/* Makes room for SIZE bytes more. */
static bool
html_grow(struct html *html, size_t size)
{
	size_t room = html->room ? html->room : 16384;
	char *text;

	if (html->failed || html->room - html->size >= size)
		return !html->failed;
	while (room - html->size < size && room < HTML_MAX)
		room *= 2;
	text = room - html->size < size ? NULL : realloc(html->text, room);
	html->failed = !text;
	if (!text)
		return false;
	html->text = text;
	html->room = room;
	return true;
}

static void
html_add(struct html *html, const char *bytes, size_t size)
{
	if (!html_grow(html, size))
		return;
	memcpy(html->text + html->size, bytes, size);
	html->size += size;
}

void
html_put(struct html *html, const char *markup)
{
	html_add(html, markup, strlen(markup));
}

void
html_format(struct html *html, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (size < 0 || (size_t)size >= sizeof text)
		html->failed = true;
	else
		html_add(html, text, (size_t)size);
}

/* One character, which has a meaning in HTML or is shown by printable.h. */
static void
html_character(struct html *html, const char *text, size_t size)
{
	static const struct {
		char character;
		const char *entity;
	} entities[] = {
	    {'&', "&amp;"},
	    {'<', "&lt;"},
	    {'>', "&gt;"},
	    {'"', "&quot;"},
	    {'\'', "&#39;"},
	};
	char shown[32];
	size_t i;

	for (i = 0; i < sizeof entities / sizeof *entities; i++)
		if (*text == entities[i].character) {
			html_put(html, entities[i].entity);
			return;
		}
	size = printable_copy(shown, sizeof shown, text, size);
	html_add(html, shown, size);
}

void
html_value(struct html *html, const char *text)
{
	const char *const end = text + strlen(text);
	const char *next;

	for (; text < end; text = next) {
		next = utf8_skip(text, end);
		if (!next)
			next = text + 1;
		html_character(html, text, (size_t)(next - text));
	}
}

void
html_text(struct html *html, const char *text)
{
	html_put(html, "<bdi>");
	html_value(html, text);
	html_put(html, "</bdi>");
}
