/* mixspool.fcgi: receives Mixpanel's webhooks behind a web server. */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/say.h"
#include "cgi/command_line.h"
#include "cgi/descriptors.h"
#include "cgi/endpoint.h"
#include "cgi/gateway.h"
#include "cgi/listener.h"
#include "cgi/request.h"
#include "cgi/sandbox.h"
#include "cgi/server.h"
#include "cgi/settings.h"
#include "users/user.h"

/* The one that was there stays when the file cannot be used. */
static void
load_secret_again(struct endpoint *endpoint)
{
	char error[SECRET_ERROR_SIZE];

	if (endpoint_load_secret(endpoint, error) < 0)
		say("%s; the one before stays", error);
	else if (endpoint->settings.secret_file)
		say("the secret was read again");
}

static void
serve_until_stop(
    struct server *server, const sigset_t *signals, struct endpoint *endpoint)
{
	const struct timespec second = {.tv_sec = 1};
	int signal;

	do {
		signal = sigtimedwait(signals, NULL, &second);
		if (signal < 0)
			server_tick(server);
		if (signal == SIGHUP)
			load_secret_again(endpoint);
	} while (signal < 0 || signal == SIGHUP);
}

static void
heeded_signals(sigset_t *heeded)
{
	sigemptyset(heeded);
	sigaddset(heeded, SIGTERM);
	sigaddset(heeded, SIGINT);
	sigaddset(heeded, SIGHUP);
}

/* Before it can be connected to: from then on none of them is lost, or ends it
   where it should but read a file again. */
static void
block_signals(void)
{
	sigset_t blocked;

	heeded_signals(&blocked);
	sigaddset(&blocked, SIGUSR2); /* server.h */
	pthread_sigmask(SIG_BLOCK, &blocked, NULL);
}

/* Runs until a signal; everything accepted by then is answered. */
static int
serve(const struct listener *listener, struct endpoint *endpoint)
{
	unsigned threads = (unsigned)endpoint->settings.threads;
	const unsigned most = descriptors_threads_max();
	struct server *server;
	sigset_t heeded;

	if (threads > most) {
		say("goes with %u threads in place of %u: the limit of open "
		    "files (ulimit -n) is too low",
		    most, threads);
		threads = most;
	}
	heeded_signals(&heeded);
	server = server_start(listener->fd, threads, endpoint);
	if (!server)
		return say_fail(EX_OSERR, "cannot start %u threads: %s",
		    threads, strerror(errno));
	say("ready");
	serve_until_stop(server, &heeded, endpoint);
	/* Who connects from here on is told at once, not dropped at exit. */
	listener_unlink(listener);
	server_stop(server, listener->owned);
	return EX_OK;
}

/* Once, at start: it tells why a machine is less safe than another. */
static void
say_missing(const char *mechanism, const char *why)
{
	say("goes without %s: %s", mechanism, why);
}

static void
give_up_rights(const struct endpoint *endpoint, const char *socket)
{
	const struct sandbox sandbox = {
	    .spool = endpoint->site ? endpoint->site->spool : -1,
	    .socket = socket,
	    .secret_file = endpoint->settings.secret_file};

	if (endpoint->settings.sandbox)
		sandbox_enter(&sandbox, say_missing);
}

static int
start_and_serve(const struct listener *listener, struct endpoint *endpoint)
{
	char error[SECRET_ERROR_SIZE];

	if (endpoint_open_site(endpoint) < 0)
		return say_fail(EX_NOINPUT, "cannot use the spool %s: %s",
		    endpoint->settings.dir, strerror(errno));
	descriptors_raise_limit();
	if (endpoint_load_secret(endpoint, error) < 0)
		return say_fail(EX_NOINPUT, "%s", error);
	give_up_rights(endpoint, listener->path);
	return serve(listener, endpoint);
}

static int
run_webhook(const struct listener *listener,
    const struct settings_options *options, const struct settings *settings)
{
	struct endpoint endpoint;
	int status;

	if (gateway_init() < 0)
		return say_fail(
		    EX_OSERR, "cannot set up FastCGI: %s", strerror(errno));
	if (endpoint_open(&endpoint, options, settings) < 0)
		return say_fail(EX_OSERR, "cannot start: %s", strerror(errno));
	status = start_and_serve(listener, &endpoint);
	endpoint_close(&endpoint);
	return status;
}

static int
run_own_socket(const struct command_line *line, const struct settings *settings)
{
	struct listener listener;
	int status;

	if (!settings->dir)
		return say_fail(EX_USAGE,
		    "the spool's folder is not set: give -d "
		    "DIR or MIXSPOOL_DIR");
	if (listener_open(&listener, line->address, line->socket_mode) < 0)
		return say_fail(EX_CANTCREAT, "cannot listen on %s: %s",
		    line->address,
		    errno == EINVAL ? "a HOST is localhost or a number, a PORT "
				      "1 to 65535"
				    : strerror(errno));
	status = run_webhook(&listener, &line->options, settings);
	listener_unlink(&listener);
	close(listener.fd);
	return status;
}

static int
run_server(const struct command_line *line)
{
	const struct listener inherited = {.fd = STDIN_FILENO};
	struct settings settings;
	char error[SETTINGS_ERROR_SIZE];

	if (settings_read(&settings, &line->options, NULL, error) < 0)
		return say_fail(EX_USAGE, "%s", error);
	block_signals();
	if (line->address)
		return run_own_socket(line, &settings);
	return run_webhook(&inherited, &line->options, &settings);
}

static int
run_cgi(void)
{
	const struct settings_options no_options = {0};
	const struct settings none = {0};
	struct endpoint endpoint;
	struct gateway_request *request;

	/* The settings are the request's, so that their errors are answers. */
	if (endpoint_open(&endpoint, &no_options, &none) < 0)
		return say_fail(EX_OSERR, "cannot start: %s", strerror(errno));
	endpoint.is_cgi = true;
	request = gateway_begin_cgi();
	if (request)
		request_answer(&endpoint, request);
	endpoint_close(&endpoint);
	return request ? EX_OK : say_fail(EX_OSERR, "cannot start: no memory");
}

static int
run(int argc, char **argv)
{
	struct command_line line;
	bool is_passed = listener_is_listening(STDIN_FILENO);
	int status;

	/*
	 * The arguments of a CGI program may be words of the URL's query (RFC
	 * 3875, section 4.4): whoever knows the URL would choose the options.
	 */
	if (!is_passed && getenv("REQUEST_METHOD"))
		return run_cgi();
	status = command_line_parse(&line, argc, argv);
	if (status != COMMAND_LINE_OK)
		return status;
	if (line.address || is_passed)
		return run_server(&line);
	return say_fail(EX_USAGE,
	    "nothing to serve: give -s SOCKET, or start it "
	    "from a web server, see -h");
}

int
main(int argc, char **argv)
{
	say_set_program("mixspool.fcgi");
	if (fd_occupy_standard() < 0)
		return say_fail(
		    EX_OSERR, "cannot open /dev/null: %s", strerror(errno));
	/* Modes are given in full; the campaign's folder is their model. */
	umask(0);
	signal(SIGPIPE, SIG_IGN);
	/* A limit on the size of files is a 503, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	user_init();
	/* Few heaps, given back at once: bodies and trees come and go. */
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_TRIM_THRESHOLD, 256 * 1024);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	return run(argc, argv);
}
