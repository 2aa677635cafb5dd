#include "send/setup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/say.h"
#include "tool/tool.h"

static int
check_file(const char *file)
{
	struct stat status;
	int error = 0;

	if (access(file, R_OK) < 0 || stat(file, &status) < 0)
		error = errno;
	else if (S_ISDIR(status.st_mode))
		error = EISDIR;
	if (error)
		return say_fail(tool_status_of(error), "cannot read %s: %s",
		    file, strerror(error));
	return EX_OK;
}

/* libcurl would report it late, and as if it came from the endpoint. */
static int
check_certificates(const char *path)
{
	static const char *const marks[] = {"-----END CERTIFICATE-----",
	    "-----END TRUSTED CERTIFICATE-----",
	    "-----END X509 CERTIFICATE-----"};
	int status = check_file(path);
	bool is_found = false;
	char line[256];
	FILE *file;
	size_t i;

	if (status != EX_OK)
		return status;
	file = fopen(path, "re");
	if (!file)
		return say_fail(tool_status_of(errno), "cannot read %s: %s",
		    path, strerror(errno));
	while (!is_found && fgets(line, sizeof line, file))
		for (i = 0; i < sizeof marks / sizeof *marks; i++)
			is_found |= strstr(line, marks[i]) != NULL;
	(void)fclose(file);
	return is_found
		   ? EX_OK
		   : say_fail(EX_CONFIG, "%s has no certificate in PEM", path);
}

int
setup_check_files(const struct send_options *options)
{
	const struct profiles_source *source = &options->source;
	const struct client_options *client = &options->client;
	int status = EX_OK;
	size_t i;

	for (i = 0; i < source->file_count && status == EX_OK; i++) {
		const char *file = source->files[i];

		if (strcmp(file, "-") != 0)
			status = check_file(file);
		else if (isatty(STDIN_FILENO))
			say("profiles come from the terminal, Ctrl-D "
			    "ends them");
	}
	if (status == EX_OK && client->netrc)
		status = check_file(client->netrc);
	if (status == EX_OK && client->ca_file)
		status = check_certificates(client->ca_file);
	return status;
}

int
setup_filter(struct filter **filter, const char *where)
{
	const char *line;
	char *message;
	size_t length;

	if (!where)
		return EX_OK;
	*filter = filter_compile(where, &message);
	if (*filter)
		return EX_OK;
	say("--where does not compile:%s", message ? "" : " no memory");
	for (line = message; line && *line; line += length) {
		length = strcspn(line, "\n");
		say("%.*s", (int)length, line);
		length += line[length] == '\n';
	}
	free(message);
	return EX_USAGE;
}

static void
say_news(const struct ledger *ledger, const char *campaign)
{
	switch (ledger_news(ledger)) {
	case LEDGER_NO_NEWS:
		break;
	case LEDGER_OTHER_FILTER:
		say("campaign %s had another filter in its last run; users "
		    "delivered before are not sent again",
		    campaign);
		break;
	case LEDGER_OTHER_URL:
		say("campaign %s has had another URL; with this one it begins "
		    "anew",
		    campaign);
		break;
	}
}

/* NULL: there is none to read, and a dry run leaves nothing behind. */
static const char *
state_file(const struct send_options *options)
{
	struct stat status;

	if (options->state && options->dry_run &&
	    (stat(options->state, &status) < 0 || status.st_size == 0))
		return NULL;
	return options->state;
}

int
setup_ledger(struct ledger **ledger, const struct send_options *options)
{
	const struct ledger_campaign campaign = {
	    .name = options->campaign ? options->campaign : "",
	    .url = options->url,
	    .filter = options->where ? options->where : "",
	};
	const char *file = state_file(options);
	enum ledger_result result;

	/* Passes of --watch need a ledger, too, if only in memory. */
	if (options->cohort.given ||
	    (!options->campaign && options->watch_s == 0))
		return EX_OK;
	result = ledger_open(ledger, file, &campaign, options->dry_run);
	if (result != LEDGER_OK)
		return say_fail(
		    result == LEDGER_LOCKED ? EX_TEMPFAIL : EX_CANTCREAT,
		    "%s: %s", file ? file : "memory", ledger_error(*ledger));
	say_news(*ledger, campaign.name);
	return EX_OK;
}

int
setup_snapshot(struct snapshot **snapshot, const struct send_options *options)
{
	const struct snapshot_cohort cohort = {
	    .id = options->cohort.id,
	    .project = options->cohort.project,
	    .url = options->url,
	    .name = options->cohort.name,
	};
	const char *file = state_file(options);
	int result;

	if (!options->cohort.given)
		return EX_OK;
	result = snapshot_open(snapshot, file, &cohort, options->dry_run);
	if (result != 0)
		return say_fail(result > 0 ? EX_TEMPFAIL : EX_CANTCREAT,
		    "%s: %s", file ? file : "memory",
		    snapshot_error(*snapshot));
	return EX_OK;
}

int
setup_outbox(struct outbox *outbox, struct client **client,
    const struct send_options *options)
{
	*client =
	    client_open(&options->client, (size_t)options->outbox.parallel);
	if (*client && outbox_open(outbox, &options->outbox, *client) == 0)
		return EX_OK;
	return say_fail(EX_OSERR, "no memory or descriptors");
}
