#include "doctor/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/printable.h"
#include "base/say.h"

static const char *const words[] = {
    [GRADE_OK] = "ok",
    [GRADE_SKIPPED] = "skipped",
    [GRADE_WARNING] = "warning",
    [GRADE_WRONG] = "wrong",
};

static void
print_text(const char *text, size_t size)
{
	char shown[4 * DIAGNOSIS_TEXT];

	printable_copy(shown, sizeof shown, text, size);
	fputs(shown, stdout);
}

static void
add_json(struct diagnosis *diagnosis, enum grade grade, const char *text)
{
	json_t *finding, *advice = json_array();
	char shown[4 * DIAGNOSIS_TEXT];

	if (!diagnosis->findings)
		diagnosis->findings = json_array();
	printable_copy(shown, sizeof shown, text, strlen(text));
	finding = json_pack("{s:s, s:s, s:s, s:o}", "check", diagnosis->check,
	    "result", words[grade], "text", shown, "advice", advice);
	diagnosis->advice = finding ? advice : NULL;
	if (json_array_append_new(diagnosis->findings, finding) == 0)
		return;
	diagnosis->advice = NULL;
	diagnosis->is_incomplete = true;
}

static bool
is_shown(const struct diagnosis *diagnosis, enum grade grade)
{
	return !diagnosis->quiet || grade >= GRADE_WARNING;
}

void
diagnosis_add(
    struct diagnosis *diagnosis, enum grade grade, const char *format, ...)
{
	char text[DIAGNOSIS_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (grade > diagnosis->worst)
		diagnosis->worst = grade;
	diagnosis->is_shown = is_shown(diagnosis, grade);
	if (diagnosis->json) {
		add_json(diagnosis, grade, text);
		return;
	}
	if (!diagnosis->is_shown)
		return;
	printf("%-8s %-12s ", words[grade], diagnosis->check);
	print_text(text, strlen(text));
	putchar('\n');
	/* A check may take seconds: show what is done. */
	fflush(stdout);
}

static void
print_indented(const char *text, const char *indent)
{
	size_t length;

	for (; *text; text += length) {
		length = strcspn(text, "\n");
		fputs(indent, stdout);
		print_text(text, length);
		putchar('\n');
		length += text[length] == '\n';
	}
}

void
diagnosis_advise(struct diagnosis *diagnosis, const char *note,
    const char *file, const char *line)
{
	json_t *advice;

	if (diagnosis->json) {
		advice = json_pack("{s:s, s:s*, s:s*}", "text", note, "file",
		    file, "line", line);
		if (json_array_append_new(diagnosis->advice, advice) < 0)
			diagnosis->is_incomplete = true;
		return;
	}
	if (!diagnosis->is_shown)
		return;
	print_indented(note, "         ");
	if (file)
		printf("         in %s:\n", file);
	if (line)
		print_indented(line, "             ");
}

static int
print_json(struct diagnosis *diagnosis, const char *target, const char *server)
{
	json_t *all = json_pack("{s:s, s:s*, s:s, s:O}", "target", target,
	    "server", server, "result", words[diagnosis->worst], "findings",
	    diagnosis->findings);
	int result = -1;

	if (all)
		result = json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	json_decref(diagnosis->findings);
	return result;
}

int
diagnosis_end(
    struct diagnosis *diagnosis, const char *target, const char *server)
{
	if (diagnosis->json && (print_json(diagnosis, target, server) < 0 ||
				   diagnosis->is_incomplete))
		return say_fail(EX_OSERR, "no memory");
	if (diagnosis->worst == GRADE_WRONG)
		return 2;
	return diagnosis->worst == GRADE_WARNING ? 1 : 0;
}
