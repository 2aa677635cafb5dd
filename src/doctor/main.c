/* mixspool-doctor: what `mixspool doctor` runs. */

#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>

#include "base/fd.h"
#include "base/say.h"
#include "doctor/doctor_options.h"
#include "doctor/machine.h"
#include "doctor/visit.h"
#include "tool/tool.h"

static int
see_url(const struct doctor_options *options, struct diagnosis *diagnosis)
{
	struct visit visit = {
	    .diagnosis = diagnosis,
	    .peer =
		{
		    .url = options->target,
		    .clean_url = options->clean_url,
		    .user = options->user,
		    .password = options->password,
		    .netrc = options->netrc,
		    .ca_file = options->ca_file,
		    .only_ipv4 = options->only_ipv4,
		    .timeout_s = (long)options->timeout_s,
		},
	    .has_secret = options->has_secret,
	    .insecure = options->insecure,
	};

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return say_fail(EX_OSERR, "no memory");
	visit_run(&visit);
	curl_global_cleanup();
	return diagnosis_end(
	    diagnosis, options->clean_url, visit.server_header);
}

static int
see_spool(const struct doctor_options *options, struct diagnosis *diagnosis)
{
	struct machine machine = {
	    .diagnosis = diagnosis,
	    .dir = options->target,
	    .socket = options->socket,
	};

	machine_run(&machine);
	return diagnosis_end(diagnosis, options->target, NULL);
}

int
main(int argc, char **argv)
{
	struct doctor_options options;
	struct diagnosis diagnosis = {.worst = GRADE_OK};
	int status;

	say_set_program("mixspool doctor");
	/* A core dump would hold the secret. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	status = doctor_options_parse(argc, argv, &options);
	diagnosis.json = options.json;
	diagnosis.quiet = options.quiet;
	if (status == EX_OK)
		status = options.is_url ? see_url(&options, &diagnosis)
					: see_spool(&options, &diagnosis);
	doctor_options_free(&options);
	/* -1: help was printed. */
	return tool_end_output(status < 0 ? EX_OK : status);
}
