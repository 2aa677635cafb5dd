/*
 * A whole request, with a gateway made for the test. The input is lines of
 * variables, NAME=VALUE, an empty line, and the body; CONTENT_LENGTH=* stands
 * for its length, BROKEN=N breaks the stream after N bytes, and with ENDLESS=
 * the end of the body does not show.
 *
 * A 200 has put into new/ the lines of the users that were sent, as many as it
 * says; any other answer has changed nothing; what is said of a body repeats
 * none of it; and a request takes no more memory than its body is allowed to.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/number.h"
#include "cgi/endpoint.h"
#include "cgi/request.h"
#include "fuzz.h"
#include "journal/block.h"
#include "memory.h"
#include "messages.h"
#include "reference.h"
#include "shown.h"
#include "spool/batches.h"
#include "spool/folder.h"
#include "users/user.h"
#include "users/users.h"
#include "versions.h"

#define VARIABLES 32
#define SAID 1024 /* bytes of an answer or of a log line, at most */

/*
 * The memory of a request, whatever it sends: the request itself; the first
 * time a campaign is seen, its queue; and when a site is opened, the site, two
 * buffers of opendir, for the spool and a tmp/ in it, each of 32 KiB or a block
 * of the file system, and what a journal has in memory.
 */
#define SMALL_CHANGE ((size_t)2 * 1024)
#define OPENDIR ((size_t)32 * 1024)

/*
 * The body; and either a user's copy for jansson or, while realloc moves them,
 * the lines, neither of which is longer than the body.
 */
#define BODIES ((size_t)2)

/* What is set aside, in a block that doubles: up to a line an element. Names of
   members do, too. */
#define ASIDE(body) (3 * ((size_t)10000 * 128 + (body)) + 24 * (body))

struct gateway_request {
	char *text; /* all variables, each ended by a NUL */
	const char *names[VARIABLES], *values[VARIABLES];
	size_t variables;
	char length[32];
	char *body; /* owned */
	size_t size, at;
	uint64_t broken_at;
	bool body_was_read, was_detached, has_ended;
	char answer[SAID], log[SAID];
};

static char spool[] = "mixspool-request-XXXXXX";
static struct endpoint endpoint;
static int folders[6]; /* new/, tmp/ and aside/ of two campaigns */
static size_t fixed_memory;

static int
folder(const char *name)
{
	int fd;

	HOLDS(mkdir(name, 0700) == 0 || errno == EEXIST);
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	HOLDS(fd >= 0);
	return fd;
}

static void
write_secret(void)
{
	int fd = open("secret", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	HOLDS(fd >= 0 && write(fd, "open sesame\n", 12) == 12);
	HOLDS(close(fd) == 0);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct settings_options options = {.dir = "spool"};
	const struct settings settings = {0}; /* each request names its own */
	const char *parent = getenv("TMPDIR");
	struct stat status;

	(void)argc;
	(void)argv;
	HOLDS(chdir(parent ? parent : "/tmp") == 0 && mkdtemp(spool));
	HOLDS(chdir(spool) == 0);
	write_secret();
	close(folder("spool"));
	close(folder("spool/default"));
	close(folder("spool/a"));
	folders[0] = folder("spool/default/new");
	folders[1] = folder("spool/default/tmp");
	folders[2] = folder("spool/a/new");
	folders[3] = folder("spool/a/tmp");
	folders[4] = folder("spool/default/aside");
	folders[5] = folder("spool/a/aside");
	HOLDS(fstat(folders[0], &status) == 0);
	fixed_memory = SMALL_CHANGE +
		       2 * (OPENDIR + (size_t)status.st_blksize) +
		       2 * sizeof(struct block);
	user_init();
	memory_init();
	if (endpoint_open(&endpoint, &options, &settings) < 0)
		return -1;
	/* All refusals go to gateway_log. */
	endpoint.refusals.is_cgi = true;
	return 0;
}

const char *
gateway_param(const struct gateway_request *request, const char *name)
{
	size_t i;

	for (i = 0; i < request->variables; i++) {
		if (strcmp(request->names[i], name) != 0)
			continue;
		if (!strcmp(name, "MIXSPOOL_SECRET_FILE"))
			return "secret"; /* and no other file of this machine */
		if (!strcmp(name, "CONTENT_LENGTH") &&
		    !strcmp(request->values[i], "*"))
			return request->length;
		/* JSON is for the target cohort. */
		if (!strcmp(name, "CONTENT_TYPE") &&
		    strcasestr(request->values[i], "json"))
			return "text/plain";
		return request->values[i];
	}
	return NULL;
}

bool
gateway_ends_body(const struct gateway_request *request)
{
	return !gateway_param(request, "ENDLESS");
}

/* Of names that nobody knows, settings.c has a test of its own. */
char *const *
gateway_params(const struct gateway_request *request)
{
	static char *const none[] = {NULL};

	(void)request;
	return none;
}

void
gateway_skip(struct gateway_request *request, uint64_t max)
{
	(void)request;
	(void)max;
}

ssize_t
gateway_read(struct gateway_request *request, void *buffer, size_t size)
{
	size_t left = request->size - request->at;

	request->body_was_read = true;
	if (size > left)
		size = left;
	if (request->at + size > request->broken_at) {
		errno = ECONNRESET;
		return -1;
	}
	memcpy(buffer, request->body + request->at, size);
	request->at += size;
	return (ssize_t)size;
}

bool
gateway_read_timed_out(const struct gateway_request *request)
{
	(void)request;
	return false;
}

int
gateway_has_more(struct gateway_request *request)
{
	char byte;

	return (int)gateway_read(request, &byte, 1);
}

void
gateway_write(struct gateway_request *request, const char *text, size_t size)
{
	size_t have = strlen(request->answer);

	HOLDS(have + size < SAID && !memchr(text, '\0', size));
	memcpy(request->answer + have, text, size);
}

/* It has no secret, and without one there is no page. */
void
gateway_write_large(
    struct gateway_request *request, const char *text, size_t size)
{
	gateway_write(request, text, size);
}

void
gateway_log(struct gateway_request *request, const char *line)
{
	HOLDS(!*request->log && strlen(line) < SAID);
	memcpy(request->log, line, strlen(line));
}

size_t
gateway_params_size(const struct gateway_request *request)
{
	return strlen(request->text);
}

void
gateway_detach(struct gateway_request *request)
{
	HOLDS(!*request->answer && request->body_was_read);
	request->was_detached = true;
}

void
gateway_end(struct gateway_request *request)
{
	HOLDS(*request->answer && !request->has_ended);
	request->has_ended = true;
}

/* Takes the lines of TEXT apart; returns where the body begins. */
static const char *
read_variables(struct gateway_request *request, size_t size)
{
	char *line = request->text, *end = line + size, *newline, *equals;

	while (line < end &&
	       (newline = memchr(line, '\n', (size_t)(end - line))) > line) {
		*newline = '\0';
		equals = strchr(line, '=');
		if (equals && request->variables < VARIABLES) {
			*equals = '\0';
			request->names[request->variables] = line;
			request->values[request->variables++] = equals + 1;
		}
		line = newline + 1;
	}
	return line < end ? line + 1 : line;
}

struct text {
	char *bytes;
	size_t size;
};

/* Appends the lines of a batch, and removes it. In new/ its name has their
   number. */
static void
take_batch(int new, const char *name, struct text *lines, bool is_new)
{
	int fd = batch_open(new, name);
	uint64_t bytes;
	size_t size, users;

	HOLDS(batch_count_users(new, name, &users, &bytes) == 0);
	HOLDS(fd >= 0 && users > 0);
	HOLDS(!is_new || spool_name_lines(name) == users);
	size = (size_t)bytes;
	lines->bytes = realloc(lines->bytes, lines->size + size);
	HOLDS(lines->bytes);
	HOLDS(read(fd, lines->bytes + lines->size, size) == (ssize_t)size);
	lines->size += size;
	HOLDS(read(fd, &bytes, 1) == 0);
	close(fd);
	HOLDS(unlinkat(new, name, 0) == 0);
}

static size_t
take_batches(int new, struct text *lines, bool is_new)
{
	struct batches batches;
	size_t i, count;

	HOLDS(batches_list(new, &batches) == 0);
	count = batches.count;
	for (i = 0; i < count; i++)
		take_batch(new, batches.names[i], lines, is_new);
	batches_free(&batches);
	return count;
}

static bool
is_empty(int fd)
{
	DIR *stream = folder_list(fd);
	bool empty;

	HOLDS(stream);
	empty = !folder_next(stream);
	closedir(stream);
	return empty;
}

/* One that the web server must not log goes to standard error. */
static bool
is_kept_from_server(const struct gateway_request *request)
{
	const char *query = gateway_param(request, "QUERY_STRING");

	return query && *query && gateway_param(request, "SERVER_SOFTWARE") &&
	       !*request->log;
}

/* The log has the status of the answer. */
static void
check_refusal(const struct gateway_request *request, const char *status)
{
	const char *log = request->log, *newline = strchr(log, '\n'), *text;
	char said[SAID];

	if (is_kept_from_server(request))
		return;
	HOLDS(newline && newline[1] == '\0');
	text = behind(log, "mixspool: ");
	HOLDS(text && !strncmp(text, status, 3) && text[3] == ',');
	if (!request->body_was_read)
		return;
	/* Behind the campaign's name, which has no ':'. */
	text = strchr(text, ':');
	HOLDS(text && text[1] == ' ');
	snprintf(
	    said, sizeof said, "%.*s", (int)(newline - text - 2), text + 2);
	HOLDS(is_message_of_body(said));
}

/* The lines are those that users_read makes of the body's field: nothing is
   lost or mixed up on the way to the disk. */
static void
check_spooled(const struct gateway_request *request, const uint8_t *body,
    const struct text *lines, const struct text *aside, const char *said)
{
	const struct users_limits limits = {SIZE_MAX, &endpoint.large};
	struct reference sent = reference_field(body, request->size, "users");
	struct users users;
	struct users_error error = {""};
	char expected[256];

	HOLDS(sent.status == FORM_OK);
	HOLDS(users_read(sent.value, sent.size, &user_rule_form, &limits,
		  &users, &error) == USERS_OK);
	HOLDS(users.size == lines->size);
	HOLDS(!users.size || !memcmp(users.lines, lines->bytes, users.size));
	HOLDS(users.aside.size == aside->size);
	HOLDS(!aside->size ||
	      !memcmp(users.aside.lines, aside->bytes, aside->size));
	snprintf(expected, sizeof expected, "\r\n\r\nspooled %zu user%s",
	    users.count, users.count == 1 ? "" : "s");
	if (aside->size)
		snprintf(expected + strlen(expected), 200,
		    ", set %zu aside: %s", users.aside.count, error.text);
	HOLDS(!strncmp(said, expected, strlen(expected)));
	HOLDS(!strcmp(said + strlen(expected), "\n"));
	shown_add(body, request->size, lines->bytes, lines->size, aside->bytes,
	    aside->size);
	users_free(&users);
	free(sent.value);
}

/* A look at the status page, or the question for health, which logs nothing. */
static bool
is_look(const struct gateway_request *request, const char *status)
{
	const char *method = gateway_param(request, "REQUEST_METHOD");
	const char *query = gateway_param(request, "QUERY_STRING");

	return method && (!strcmp(method, "GET") || !strcmp(method, "HEAD")) &&
	       (!strncmp(status, "200 ", 4) ||
		   (query && strstr(query, "health")));
}

/* BODY as it came: the request's own has been decoded in place. */
static void
check(const struct gateway_request *request, const uint8_t *body)
{
	const char *status = behind(request->answer, "Status: ");
	const char *said = strstr(request->answer, "\r\n\r\n");
	struct text lines = {NULL, 0}, aside = {NULL, 0};
	size_t batches = take_batches(folders[0], &lines, true), set_aside, i;

	batches += take_batches(folders[2], &lines, true);
	set_aside = take_batches(folders[4], &aside, false);
	set_aside += take_batches(folders[5], &aside, false);
	HOLDS(set_aside <= batches);
	HOLDS(status && said && request->has_ended);
	HOLDS(request->was_detached || batches == 0);
	HOLDS(batches <= 1);
	if (is_look(request, status)) {
		HOLDS(batches == 0 && set_aside == 0);
	} else if (!strncmp(status, "200 ", 4)) {
		HOLDS(!*request->log == !set_aside);
		check_spooled(request, body, &lines, &aside, said);
	} else {
		HOLDS(batches == 0);
		check_refusal(request, status);
	}
	for (i = 0; i < sizeof folders / sizeof *folders; i++)
		HOLDS(is_empty(folders[i]));
	free(aside.bytes);
	free(lines.bytes);
}

/* How long a body may become: what Content-Length says, if that is allowed.
   Without one, its room doubles from 64 KiB on, up to the limit and a byte. */
static size_t
allowed_body(const struct gateway_request *request)
{
	const char *length = gateway_param(request, "CONTENT_LENGTH");
	const char *limit = gateway_param(request, "MIXSPOOL_MAX_BODY");
	uint64_t max = 32 << 20, size;

	if (limit && *limit && number_parse(limit, 1, 1 << 30, &max) < 0)
		return 0;
	if (!length || !*length || !strcmp(length, "-1")) {
		size = request->size < 32768 ? 65536 : 2 * request->size;
		return (size_t)(size < max ? size : max + 1);
	}
	if (number_parse(length, 0, max, &size) < 0)
		return 0;
	return (size_t)size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gateway_request request = {0};
	const char *body, *broken;
	size_t allowed;

	version_choose(size);
	request.text = fuzz_text(data, size);
	body = read_variables(&request, size);
	request.size = size - (size_t)(body - request.text);
	request.body = fuzz_copy(body, request.size);
	request.broken_at = UINT64_MAX;
	snprintf(request.length, sizeof request.length, "%zu", request.size);
	broken = gateway_param(&request, "BROKEN");
	if (broken &&
	    number_parse(broken, 0, UINT64_MAX, &request.broken_at) < 0)
		request.broken_at = 0;
	memory_begin();
	request_answer(&endpoint, &request, clock_ms());
	allowed = allowed_body(&request);
	memory_end(fixed_memory + BODIES * allowed + ASIDE(allowed), allowed);
	check(&request, data + (body - request.text));
	free(request.body);
	free(request.text);
	return 0;
}
