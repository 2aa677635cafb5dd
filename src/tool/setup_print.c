#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "tool/setup.h"

#define EXAMPLE_HOST "hooks.example.com"
#define COMMAND_MAX 64
#define CALL_MAX 320 /* a host name has 253 characters at most */

struct word {
	const char *from, *to;
};

#define WORDS_MAX 16

struct words {
	struct word words[WORDS_MAX];
	size_t count;
};

static void
words_add(struct words *words, const char *from, const char *to)
{
	words->words[words->count++] = (struct word){from, to};
}

static const struct word *
words_at(const struct words *words, const char *text)
{
	size_t i;

	for (i = 0; i < words->count; i++)
		if (!strncmp(text, words->words[i].from,
			strlen(words->words[i].from)))
			return &words->words[i];
	return NULL;
}

static void
make_command(
    char command[COMMAND_MAX], const char *const around[2], const char *name)
{
	snprintf(command, COMMAND_MAX, "%s%s%s", around[0], name, around[1]);
}

static void
print_line(const struct words *words, const char *line)
{
	const struct word *word;

	while (*line) {
		word = words_at(words, line);
		if (word) {
			fputs(word->to, stdout);
			line += strlen(word->from);
		} else {
			putchar(*line++);
		}
	}
	putchar('\n');
}

static void
print_text(const struct words *words, const char *name)
{
	const char *const *line;

	for (line = setup_text(name); *line; line++)
		print_line(words, *line);
}

/*
 * A piece with files in it: the line @FILE@ stands for the lines of FILE, in
 * which IN_FILES are replaced.
 */
static void
print_piece(const struct words *words, const struct words *in_files,
    const char *piece, const char *file)
{
	const char *const *line;

	for (line = setup_text(piece); *line; line++)
		if (!strcmp(*line, "@FILE@"))
			print_text(in_files, file);
		else if (!strcmp(*line, "@LOG@"))
			print_text(in_files, "init/runit/log/run");
		else
			print_line(words, *line);
}

static void
print_pieces(const struct setup_machine *machine, const struct words *words,
    const struct words *in_files)
{
	const struct setup_server *server = machine->server;
	const struct setup_init *init = machine->init;

	print_text(words, init->user);
	print_text(words, "secret.sh");
	if (init->settings)
		print_text(words, init->settings);
	print_piece(words, in_files, init->start, init->script);
	if (server->certbot)
		print_text(words, "certificate.sh");
	if (server->needs_pristine)
		print_text(words, "pristine.sh");
	print_piece(words, in_files, server->piece, server->example);
}

void
setup_print(const struct setup_machine *machine, const char *host)
{
	const struct setup_server *server = machine->server;
	const char *name = host ? host : EXAMPLE_HOST;
	char reload[COMMAND_MAX], restart[COMMAND_MAX], call[CALL_MAX];
	struct words words = {0}, in_files = {0};

	make_command(reload, machine->init->reload, server->name);
	make_command(restart, machine->init->restart, server->name);
	snprintf(call, sizeof call, "mixspool setup %s%s%s%s",
	    machine->is_named ? "--server " : "",
	    machine->is_named ? server->name : "", machine->is_named ? " " : "",
	    name);
	words_add(&words, "@HOST@", name);
	words_add(&words, "@CALL@", call);
	words_add(&words, "@SERVER@", server->shown);
	words_add(&words, "@WEB_USER@", server->user);
	words_add(&words, "@PATH@", server->path);
	words_add(&words, "@CERTBOT@", server->certbot ? server->certbot : "");
	words_add(&words, "@RELOAD@", reload);
	words_add(&words, "@RESTART@", restart);
	words_add(&words, "@PREFIX@", machine->prefix);
	words_add(&words, "@SPOOL@", MIXSPOOL_SPOOL);
	words_add(&words, "@USER@", machine->user ? machine->user : "USER");
	words_add(&words, "@NOT@", machine->user ? "" : "# ");
	words_add(&in_files, EXAMPLE_HOST, name);
	words_add(&in_files, "mixpanel.example.com", name);
	words_add(&in_files, "/usr/local", machine->prefix);
	words_add(&in_files, "/var/spool/mixspool", MIXSPOOL_SPOOL);
	print_text(&words, "head.sh");
	if (!host)
		print_text(&words, "example_only.sh");
	print_text(&words, "checks.sh");
	print_pieces(machine, &words, &in_files);
	print_text(&words, "foot.sh");
}
