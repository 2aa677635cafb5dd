#include "drain/head.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

#define LINE_SIZE 256
#define NONE "-"

/* The next word of a line, or "". Both are changed. */
static const char *
next_word(char **line)
{
	char *word = *line;

	*line += strcspn(word, " \n");
	if (**line)
		*(*line)++ = '\0';
	return word;
}

static void
take_name(batch_name name, const char *word)
{
	if (spool_is_batch_name(word))
		memcpy(name, word, strlen(word) + 1);
}

void
head_read(struct head *head, int lock)
{
	char text[LINE_SIZE], *line = text;
	ssize_t got = pread(lock, text, sizeof text - 1, 0);

	*head = (struct head){.lock = lock};
	if (got <= 0)
		return;
	text[got] = '\0';
	take_name(head->batch, next_word(&line));
	if (number_parse_digits(
		next_word(&line), 0, UINT64_MAX, &head->failures) < 0)
		head->failures = 0;
	take_name(head->skipped, next_word(&line));
}

static int
head_write(const struct head *head)
{
	char line[LINE_SIZE];
	int size = snprintf(line, sizeof line, "%s %" PRIu64 " %s ",
	    *head->batch ? head->batch : NONE, head->failures,
	    *head->skipped ? head->skipped : NONE);

	/* Wipes what was longer. */
	memset(line + size, ' ', sizeof line - (size_t)size);
	line[sizeof line - 1] = '\n';
	if (pwrite(head->lock, line, sizeof line, 0) == sizeof line)
		return 0;
	return -1;
}

int
head_failed(struct head *head, const char *batch)
{
	if (strcmp(head->batch, batch) != 0) {
		memcpy(head->batch, batch, strlen(batch) + 1);
		head->failures = 0;
	}
	head->failures++;
	return head_write(head);
}

void
head_passed(struct head *head, const char *batch)
{
	if (!*head->batch || strcmp(head->batch, batch) > 0)
		return;
	head->batch[0] = '\0';
	head->failures = 0;
	(void)!head_write(head);
}

void
head_skip(struct head *head, const char *batch)
{
	if (strcmp(head->skipped, batch) == 0)
		return;
	memcpy(head->skipped, batch, strlen(batch) + 1);
	head->batch[0] = '\0';
	head->failures = 0;
	(void)!head_write(head);
}
