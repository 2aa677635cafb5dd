/* Source: "FastCGI Specification", version 1.0, sections 3.3, 3.4 and 5. */
#include "tool/ask.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/number.h"
#include "base/printable.h"
#include "spool/campaign.h"

enum { BEGIN = 1, END = 3, PARAMS = 4, INPUT = 5, OUTPUT = 6 };

#define VERSION 1
#define RESPONDER 1
#define ID 1
#define HEADER 8
#define OUTPUT_MAX 65536 /* bytes; a receiver's answer has some hundred */

/* What is sent. No part of it is over 127 bytes, so each size is one byte. */
struct ask_text {
	unsigned char bytes[1024];
	size_t size;
};

static_assert(CAMPAIGN_NAME_MAX + 1 < 128, "a size is one byte");

static void
put(struct ask_text *text, const void *bytes, size_t size)
{
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
}

static void
put_record(
    struct ask_text *text, unsigned char type, const void *body, size_t size)
{
	const unsigned char header[HEADER] = {VERSION, type, 0, ID,
	    (unsigned char)(size >> 8), (unsigned char)size, 0, 0};

	put(text, header, sizeof header);
	put(text, body, size);
}

static void
put_param(struct ask_text *text, const char *name, const char *value)
{
	const size_t sizes[] = {strlen(name), strlen(value)};
	const unsigned char bytes[] = {
	    (unsigned char)sizes[0], (unsigned char)sizes[1]};

	put(text, bytes, sizeof bytes);
	put(text, name, sizes[0]);
	put(text, value, sizes[1]);
}

static void
put_request(struct ask_text *text, const char *campaign)
{
	static const unsigned char begin[] = {0, RESPONDER, 0, 0, 0, 0, 0, 0};
	struct ask_text params = {.size = 0};
	char path[CAMPAIGN_NAME_MAX + 2];

	snprintf(path, sizeof path, "/%s", campaign);
	put_param(&params, "REQUEST_METHOD", "GET");
	put_param(&params, "QUERY_STRING", "health");
	put_param(&params, "PATH_INFO", path);
	put_param(&params, "SERVER_SOFTWARE", "mixspool stat");
	put_record(text, BEGIN, begin, sizeof begin);
	put_record(text, PARAMS, params.bytes, params.size);
	put_record(text, PARAMS, "", 0);
	put_record(text, INPUT, "", 0);
}

/* A connected socket, or -1 and errno. */
static int
connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	/* Not blocking: with a full backlog it fails at once (EAGAIN). */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return fd_close(fd);
	return fd;
}

/* 0, or -1 and errno: ETIMEDOUT. */
static int
await(int fd, int64_t deadline)
{
	struct pollfd socket = {.fd = fd, .events = POLLIN};
	int64_t left;
	int ready;

	do {
		left = deadline - clock_ms();
		ready = left > 0 ? poll(&socket, 1, (int)left) : 0;
	} while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready > 0 ? 0 : -1;
}

/* Reads SIZE bytes. 0, or -1 and errno: ECONNRESET also at the end. */
static int
read_all(int fd, void *bytes, size_t size, int64_t deadline)
{
	size_t have = 0;
	ssize_t got;

	while (have < size) {
		if (await(fd, deadline) < 0)
			return -1;
		got = recv(fd, (char *)bytes + have, size - have, 0);
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0 && (got == 0 || errno != EINTR))
			return -1;
		have += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

/* Reads up to the end of the request, and keeps what fits of its output. */
static int
read_output(int fd, char *output, size_t room, int64_t deadline)
{
	unsigned char header[HEADER];
	char content[UINT16_MAX + UINT8_MAX];
	size_t have = 0, all = 0, size, kept;

	do {
		if (read_all(fd, header, sizeof header, deadline) < 0)
			return -1;
		size = (size_t)header[4] << 8 | header[5];
		all += sizeof header + size;
		if (all > OUTPUT_MAX) {
			errno = EMSGSIZE;
			return -1;
		}
		if (read_all(fd, content, size + header[6], deadline) < 0)
			return -1;
		kept = size < room - 1 - have ? size : room - 1 - have;
		if (header[1] == OUTPUT) {
			memcpy(output + have, content, kept);
			have += kept;
		}
	} while (header[1] != END);
	output[have] = '\0';
	return 0;
}

static int
talk(int fd, const char *campaign, char *output, size_t room)
{
	const int64_t deadline = clock_ms() + ASK_WAIT_MS;
	struct ask_text text = {.size = 0};

	put_request(&text, campaign);
	/* It fits into the socket's buffer. */
	if (send(fd, text.bytes, text.size, MSG_NOSIGNAL) != (ssize_t)text.size)
		return -1;
	return read_output(fd, output, room, deadline);
}

/* False: it is not an answer of CGI. */
static bool
read_answer(const char *output, struct ask_answer *answer)
{
	static const char name[] = "Status: ";
	const char *body = strstr(output, "\r\n\r\n");
	char digits[4] = "";
	uint64_t status;

	if (!body || strncmp(output, name, sizeof name - 1) != 0)
		return false;
	memcpy(digits, output + sizeof name - 1, sizeof digits - 1);
	if (number_parse_digits(digits, 100, 599, &status) < 0)
		return false;
	answer->status = (int)status;
	body += 4;
	printable_copy(
	    answer->text, sizeof answer->text, body, strcspn(body, "\r\n"));
	return true;
}

static const char *
why_none(int error)
{
	return error == ETIMEDOUT ? "no answer within 7 seconds"
	       : error == EMSGSIZE || error == EBADMSG
		   ? "what answers there is not mixspool.fcgi"
		   : strerror(error);
}

void
ask_health(const char *socket, const char *campaign, struct ask_answer *answer)
{
	const int fd = connect_to(socket);
	char output[2048];
	const char *why = NULL;

	*answer = (struct ask_answer){.status = 0};
	if (fd < 0 || talk(fd, campaign, output, sizeof output) < 0)
		why = why_none(errno);
	else if (!read_answer(output, answer))
		why = why_none(EBADMSG);
	if (why)
		printable_copy(
		    answer->text, sizeof answer->text, why, strlen(why));
	fd_close(fd);
}

static_assert(ASK_WAIT_MS == 7000, "why_none says so");
