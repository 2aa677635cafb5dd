/* mixspool.fcgi: receives Mixpanel's webhooks behind a web server. */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/say.h"
#include "cgi/command_line.h"
#include "cgi/descriptors.h"
#include "cgi/endpoint.h"
#include "cgi/gateway.h"
#include "cgi/listener.h"
#include "cgi/notify.h"
#include "cgi/reload.h"
#include "cgi/request.h"
#include "cgi/sandbox.h"
#include "cgi/server.h"
#include "cgi/settings.h"
#include "spool/spool.h"
#include "users/user.h"

static void
set_up_process(void)
{
	/* New files get the mode of the campaign's folder, in full. */
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	/* A file over the limit of sizes is a 503, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	user_init();
	/* Few heaps, given back at once: bodies and JSON trees come and go. */
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

/* Its number stays taken: a file that got it would get what is printed. */
static void
end_stream(int stream)
{
	close(stream);
	(void)!openat(AT_FDCWD, "/", O_PATH | O_CLOEXEC);
}

/*
 * The end of the answer must not wait for the journal, which the process still
 * writes. A web server that has seen it ends the process by SIGTERM.
 */
static void
end_answer(void)
{
	sigset_t terminating;

	sigemptyset(&terminating);
	sigaddset(&terminating, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &terminating, NULL);
	end_stream(STDIN_FILENO);
	end_stream(STDOUT_FILENO);
}

/* The settings of a CGI process are its request's, so that an error in them is
   an answer. */
static int
answer_cgi(void)
{
	const struct settings_options no_options = {0};
	const struct settings none = {0};
	struct endpoint endpoint;
	struct gateway_request *request = NULL;
	int status = EX_OK;

	if (endpoint_open(&endpoint, &no_options, &none) == 0)
		request = gateway_begin_cgi();
	endpoint.is_cgi = true;
	endpoint.refusals.is_cgi = true;
	if (request) {
		request_answer(&endpoint, request, clock_ms());
		health_stop(endpoint.health);
		end_answer();
	} else {
		status =
		    say_fail(EX_OSERR, "cannot start: %s", strerror(errno));
	}
	endpoint_close(&endpoint);
	return status;
}

/* Called before listening: a signal that arrives from then on must be neither
   lost nor fatal. HEEDED are those that end the process, and SIGHUP. */
static void
block_signals(sigset_t *heeded)
{
	sigset_t blocked;

	sigemptyset(heeded);
	sigaddset(heeded, SIGTERM);
	sigaddset(heeded, SIGINT);
	sigaddset(heeded, SIGHUP);
	blocked = *heeded;
	sigaddset(&blocked, SIGUSR2); /* server.h */
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* Each is reported once, at the start. */
static void
say_missing(const char *mechanism, const char *why)
{
	say("goes without %s: %s", mechanism, why);
}

static unsigned
count_threads(const struct settings *settings)
{
	const unsigned wanted = (unsigned)settings->threads;
	const unsigned most = descriptors_threads_max();

	if (wanted <= most)
		return wanted;
	say("goes with %u threads in place of %u: the limit of open files "
	    "(ulimit -n) is too low",
	    most, wanted);
	return most;
}

static void
say_reloaded(const char *error)
{
	if (error)
		say("%s; the one before stays", error);
	else
		say("the secret was read again");
}

/* The service manager that started the process hears of it as well. */
static void
report_ready(const struct notify *notify, const char *address,
    const struct settings *settings, const char *sandboxed)
{
	say("ready: %s, %s%s, with%s a secret, %s",
	    address ? address : "a socket that was passed",
	    settings->dir ? "spool " : "spools that requests name",
	    settings->dir ? settings->dir : "",
	    settings->secret_file ? "" : "out", sandboxed);
	notify_ready(notify);
}

/* Signals that keep coming do not hold up what is done every second. */
static void
serve_until_stopped(struct server *server, struct reload *reload,
    struct recorder *recorder, const sigset_t *heeded)
{
	const struct timespec second = {.tv_sec = 1};
	int signal;

	do {
		signal = sigtimedwait(heeded, NULL, &second);
		if (signal == SIGHUP)
			reload_start(reload);
		reload_tick(reload);
		recorder_tick(recorder);
		server_tick(server);
	} while (signal < 0 || signal == SIGHUP);
}

int
main(int argc, char **argv)
{
	struct command_line line;
	struct settings settings;
	struct listener listener = {.fd = STDIN_FILENO};
	struct endpoint endpoint;
	struct sandbox sandbox = {.spool = -1};
	struct notify notify;
	struct reload reload;
	struct server *server;
	const char *sandboxed = "not sandboxed";
	char settings_error[SETTINGS_ERROR_SIZE];
	char secret_error[SECRET_ERROR_SIZE];
	sigset_t heeded;
	bool is_passed;
	int status;

	say_set_program("mixspool.fcgi");
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	set_up_process();
	is_passed = listener_is_listening(STDIN_FILENO);

	/*
	 * The arguments of a CGI program may be words of the URL's query (RFC
	 * 3875, section 4.4): clients would choose the options.
	 */
	if (!is_passed && getenv("REQUEST_METHOD"))
		return answer_cgi();

	status = command_line_parse(&line, argc, argv);
	if (status != COMMAND_LINE_OK)
		return status;
	if (!line.address && !is_passed)
		return say_fail(EX_USAGE,
		    "nothing to serve: give -s SOCKET, or start it from a web "
		    "server, see -h");
	if (settings_check_names(environ, settings_error) < 0 ||
	    settings_read(&settings, &line.options, NULL, settings_error) < 0)
		return say_fail(EX_USAGE, "%s", settings_error);
	if (line.address && !settings.dir)
		return say_fail(EX_USAGE,
		    "the spool's folder is not set: give -d DIR or "
		    "MIXSPOOL_DIR");

	descriptors_raise_limit();
	block_signals(&heeded);
	if (line.address &&
	    listener_open(&listener, line.address, line.socket_mode) < 0)
		return say_fail(EX_CANTCREAT, "cannot listen on %s: %s",
		    line.address,
		    errno == EINVAL ? "it takes a path with a slash, or "
				      "HOST:PORT with localhost or a number as "
				      "HOST and 1 to 65535 as PORT"
				    : strerror(errno));
	if (notify_open(&notify) < 0)
		say("cannot notify the service manager: %s", strerror(errno));

	reload_init(&reload, &endpoint, say_reloaded);
	settings.threads = count_threads(&settings);
	if (endpoint_open(&endpoint, &line.options, &settings) < 0) {
		status =
		    say_fail(EX_OSERR, "cannot start: %s", strerror(errno));
		goto out;
	}
	if (gateway_init() < 0) {
		status = say_fail(
		    EX_OSERR, "cannot set up FastCGI: %s", strerror(errno));
		goto out;
	}
	if (endpoint_open_site(&endpoint) < 0) {
		status = say_fail(EX_NOINPUT, "cannot use the spool %s: %s",
		    settings.dir, spool_strerror(errno));
		goto out;
	}
	if (endpoint_load_secret(&endpoint, secret_error) < 0) {
		status = say_fail(EX_NOINPUT, "%s", secret_error);
		goto out;
	}

	if (endpoint.site)
		sandbox.spool = endpoint.site->spool;
	sandbox.socket = listener.path;
	sandbox.secret_file = settings.secret_file;
	if (settings.sandbox)
		sandboxed = !sandbox_enter(&sandbox, say_missing)
				? "sandboxed in part"
			    : settings.dir ? "sandboxed"
					   : "sandboxed without Landlock";

	recorder_start(&endpoint.recorder, &endpoint);
	server = server_start(
	    listener.fd, (unsigned)settings.threads, &endpoint, &notify);
	if (!server) {
		status = say_fail(EX_OSERR, "cannot start %u threads: %s",
		    (unsigned)settings.threads, strerror(errno));
		goto out;
	}
	report_ready(&notify, line.address, &settings, sandboxed);
	serve_until_stopped(server, &reload, &endpoint.recorder, &heeded);
	notify_stopping(&notify);
	/* Clients that connect from here on are refused at once, rather than
	   dropped at the exit. */
	listener_unlink(&listener);
	server_stop(server, listener.owned);
	status = EX_OK;

out:
	notify_close(&notify);
	if (reload_end(&reload) && recorder_end(&endpoint.recorder))
		endpoint_close(&endpoint);
	if (listener.owned) {
		listener_unlink(&listener);
		close(listener.fd);
	}
	return status;
}
