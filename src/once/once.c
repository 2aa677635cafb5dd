#include "once/once.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "once/complaint.h"
#include "once/consumer.h"
#include "once/intake.h"
#include "once/judge.h"
#include "once/making.h"
#include "once/once_options.h"
#include "once/opener.h"
#include "once/passed.h"
#include "once/repeat.h"
#include "once/scratch.h"
#include "tool/tool.h"

#define BUFFER ((size_t)64 << 10)

struct run {
	const struct state_driver *driver;
	struct once_options options;
	char *where; /* STATE, with its secrets */
	struct state state;
	struct judge *judge;
	int input;
	FILE *output;
	struct passed passed;
	struct reader reader; /* of standard input, into `input` */
	struct opener opener; /* of `state` */
	struct intake intake;
	sigset_t signals; /* before they were held */
	bool is_refused;  /* maybe for somebody who leaves by a sync */
	int status;       /* once all is read: EX_OK, or it has been reported */
};

static int
fail_state(const struct run *run)
{
	return complaint_state(&run->state, run->options.state);
}

static int
fail_scratch(const struct run *run, const char *what)
{
	return complaint_scratch(run->driver, what);
}

static int
open_files(struct run *run)
{
	const char *beside =
	    run->driver->scratch ? run->driver->scratch : run->options.state;
	int output;

	run->input = scratch_open(beside);
	output = run->input < 0 ? -1 : scratch_open(beside);
	run->output = output < 0 ? NULL : fdopen(output, "w");
	if (!run->output) {
		(void)fd_close(output);
		return fail_scratch(run, "make");
	}
	(void)setvbuf(run->output, NULL, _IOFBF, BUFFER);
	return EX_OK;
}

/* All of the input is read, and STATE is open. 0, or -1, after a message. */
static int
be_ready(void *run_of)
{
	struct run *run = run_of;
	const enum scratch_end end = reader_end(&run->reader);

	if (run->status == EX_OK && end == SCRATCH_NOT_READ)
		run->status = say_fail(EX_TEMPFAIL,
		    "cannot read standard input: %s", strerror(errno));
	if (run->status == EX_OK && end == SCRATCH_NOT_WRITTEN)
		run->status = fail_scratch(run, "copy the lines to");
	if (opener_end(&run->opener) < 0 && run->status == EX_OK)
		run->status = fail_state(run);
	return run->status == EX_OK ? 0 : -1;
}

/*
 * A drain, which counts the lines, does not let us wait for them. Otherwise
 * STATE, which is locked then, is opened behind the end of the input, which may
 * be slow.
 */
static void
begin_reading(struct run *run)
{
	const uint64_t lines = run->options.lines;

	run->opener.state = &run->state;
	run->opener.driver = run->driver;
	run->opener.file = run->where;
	run->opener.has_profiles = run->options.profiles;
	run->opener.lines = lines;
	run->reader.from = STDIN_FILENO;
	run->reader.file = run->input;
	if (lines == 0 || !opener_start(&run->opener))
		run->reader.then = opener_open;
	run->reader.to = &run->opener;
	run->intake.reader = &run->reader;
	reader_start(&run->reader);
}

static int
begin_judging(struct run *run)
{
	const struct once_options *options = &run->options;
	const struct judge_options judge = {
	    .campaign = options->campaign,
	    .key = options->key,
	    .again_s = options->again_s,
	    .now = time(NULL),
	    .first_came = options->first_came,
	    .last_came = options->last_came,
	    .is_part = options->is_part,
	    .is_cut = options->is_cut,
	    .ready = be_ready,
	    .to = run,
	};

	passed_open(&run->passed, run->output, run->input);
	run->judge = judge_open(&run->state, &judge, &run->passed);
	if (!run->judge)
		return say_fail(EX_TEMPFAIL, "no memory");
	begin_reading(run);
	return EX_OK;
}

static int
fail_intake(struct run *run)
{
	const int error = errno;

	if (be_ready(run) < 0)
		return run->status;
	errno = error;
	return fail_scratch(run, "read");
}

static int
fail_judging(struct run *run, enum judge_result result)
{
	/* What is temporary comes before a line that is bad. */
	if (be_ready(run) < 0)
		return run->status;
	if (result == JUDGE_FAILED)
		return fail_state(run);
	if (result == JUDGE_NO_MEMORY)
		return say_fail(EX_TEMPFAIL, "no memory; nothing is changed");
	return say_fail(EX_DATAERR,
	    "line %" PRIu64 " cannot be taken: %s; nothing is changed",
	    run->intake.number, judge_why(run->judge));
}

/* Lines are read while they come, and judged when there are no more, or too
   many to keep. */
static int
judge_lines(struct run *run)
{
	enum judge_result result = JUDGE_OK;
	enum intake_result more;
	const char *line;
	size_t size;

	while (result == JUDGE_OK && (more = intake_next(&run->intake, &line,
					  &size)) != INTAKE_OVER) {
		if (more == INTAKE_LINE) {
			result = judge_line(run->judge, line, size);
			continue;
		}
		result = judge_flush(run->judge);
		if (result == JUDGE_OK && intake_turn(&run->intake) < 0)
			return fail_intake(run);
	}
	if (result == JUDGE_OK && be_ready(run) == 0 &&
	    run->intake.number < run->opener.lines)
		return complaint_short(run->intake.number, run->opener.lines);
	if (result == JUDGE_OK)
		result = judge_end(run->judge);
	return result == JUDGE_OK ? EX_OK : fail_judging(run, result);
}

/* What is needed for judging only. */
static void
end_judging(struct run *run)
{
	judge_free(run->judge);
	run->judge = NULL;
	intake_free(&run->intake);
}

/* Runs the command, and does what can be done meanwhile. Its exit status, or an
   exit code, after a message. */
static int
run_command(struct run *run, int input)
{
	char **command = run->options.command;
	const pid_t pid =
	    consumer_start(command, input, run->passed.count, &run->signals);
	int status = -1;

	if (pid >= 0) {
		end_judging(run);
		state_write_ahead(&run->state);
		status = consumer_wait(pid);
	}
	if (status < 0)
		return say_fail(errno == ENOENT ? EX_USAGE : EX_OSERR,
		    "cannot run %s: %s", command[0], strerror(errno));
	return status;
}

static int
hand_over(struct run *run)
{
	const int input = passed_end(&run->passed, run->reader.size);
	int status = EX_OK;

	if (input < 0)
		return fail_scratch(run, "write");
	if (run->passed.count > 0 && state_settle(&run->state) < 0)
		return fail_state(run);
	/* No signal comes between the command and the commit. */
	consumer_hold_signals(&run->signals);
	if (run->passed.count > 0)
		status = run_command(run, input);
	run->is_refused = status == EX_DATAERR && run->passed.left > 0;
	if (status == EX_OK && state_commit(&run->state) < 0)
		return fail_state(run);
	return status;
}

static int
pass_on(struct run *run)
{
	int status = open_files(run);

	if (status == EX_OK)
		status = begin_judging(run);
	if (status == EX_OK)
		status = judge_lines(run);
	if (status == EX_OK) {
		if (judge_unwhole(run->judge) > 0)
			complaint_unwhole();
		status = hand_over(run);
	}
	end_judging(run);
	return status;
}

/* The same as a part, and with STATE as it was given: see state_hide. */
static int
again_as_part(struct run *run, char **argv)
{
	char **state = argv;

	while (*state != run->options.state)
		state++;
	*state = run->where;
	return repeat_as_part(argv, run->options.command[0], run->input,
	    run->intake.number, &run->signals);
}

int
once(int argc, char **argv, const struct state_driver *driver)
{
	struct run run = {.driver = driver, .input = -1};
	int status = once_options_parse(argc, argv, &run.options);

	if (status != EX_OK)
		return tool_end_output(status < 0 ? EX_OK : status);
	run.where = state_hide(driver, run.options.state);
	if (!run.where)
		return say_fail(EX_TEMPFAIL, "no memory");
	status = run.options.init
		     ? making_state(driver, &run.options, run.where)
		     : pass_on(&run);
	state_close(&run.state);
	if (run.output)
		(void)fclose(run.output);
	if (run.is_refused)
		status = again_as_part(&run, argv);
	free(run.where);
	(void)fd_close(run.input);
	return status;
}
