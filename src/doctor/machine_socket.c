/* Asks the receiver at its socket what a GET of ?health asks. FastCGI 1.0. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "doctor/machine_inside.h"

#define PATIENCE 30 /* seconds; a slow disk is a finding of another check */

enum { BEGIN = 1, PARAMS = 4, STDIN = 5, STDOUT = 6 };

static size_t
put_record(
    unsigned char *to, int type, const unsigned char *content, size_t size)
{
	const unsigned char header[8] = {1, (unsigned char)type, 0, 1,
	    (unsigned char)(size >> 8), (unsigned char)size, 0, 0};

	memcpy(to, header, sizeof header);
	if (size > 0)
		memcpy(to + sizeof header, content, size);
	return sizeof header + size;
}

static size_t
put_pair(unsigned char *to, const char *name, const char *value)
{
	const size_t name_size = strlen(name), size = strlen(value);

	to[0] = (unsigned char)name_size;
	to[1] = (unsigned char)size;
	memcpy(to + 2, name, name_size);
	memcpy(to + 2 + name_size, value, size);
	return 2 + name_size + size;
}

static size_t
put_request(unsigned char request[1024])
{
	static const unsigned char responder[8] = {0, 1};
	unsigned char pairs[512];
	size_t size = 0, all;

	size += put_pair(pairs + size, "REQUEST_METHOD", "GET");
	size += put_pair(pairs + size, "QUERY_STRING", "health");
	size += put_pair(pairs + size, "SERVER_SOFTWARE", "mixspool-doctor");
	all = put_record(request, BEGIN, responder, sizeof responder);
	all += put_record(request + all, PARAMS, pairs, size);
	all += put_record(request + all, PARAMS, NULL, 0);
	return all + put_record(request + all, STDIN, NULL, 0);
}

static int
open_socket(const char *path)
{
	const struct timeval patience = {.tv_sec = PATIENCE};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
		return fd_close(fd);
	return fd;
}

/* Reads up to the end of the connection. The answer without its records. */
static void
read_answer(int fd, char answer[4096])
{
	unsigned char bytes[8192];
	size_t size = 0, at = 0, length, used = 0;
	ssize_t got;

	while (size < sizeof bytes &&
	       (got = recv(fd, bytes + size, sizeof bytes - size, 0)) > 0)
		size += (size_t)got;
	while (at + 8 <= size) {
		const int type = bytes[at + 1];

		length = (size_t)bytes[at + 4] << 8 | bytes[at + 5];
		if (at + 8 + length > size)
			break;
		if (type == STDOUT && used + length < 4096) {
			memcpy(answer + used, bytes + at + 8, length);
			used += length;
		}
		at += 8 + length + bytes[at + 6];
	}
	answer[used] = '\0';
}

/* 0, or -1 and errno. */
static int
ask(const char *path, char answer[4096])
{
	unsigned char request[1024];
	const size_t size = put_request(request);
	int fd = open_socket(path);

	if (fd < 0)
		return -1;
	if (send(fd, request, size, MSG_NOSIGNAL) != (ssize_t)size)
		return fd_close(fd);
	read_answer(fd, answer);
	return close(fd);
}

static void
judge(struct machine *machine, const char *answer)
{
	const char *status = strstr(answer, "Status: ");
	const char *text = strstr(answer, "\r\n\r\n");
	const long number = status ? strtol(status + 8, NULL, 10) : 0;

	text = text ? text + 4 : "";
	if (number == 200)
		diagnosis_add(machine->diagnosis, GRADE_OK, "%s: 200, %.*s",
		    machine->socket_path, (int)strcspn(text, "\n"), text);
	else if (number == 405 || number == 401)
		machine_find(machine, GRADE_WARNING,
		    "mixspool before 0.2 has no health line", NULL, NULL,
		    "%s: %ld, the receiver does not know ?health",
		    machine->socket_path, number);
	else
		machine_find(machine, GRADE_WRONG,
		    "docs/troubleshooting.md has what to do, by the line", NULL,
		    NULL, "%s: %ld, %.*s", machine->socket_path, number,
		    (int)strcspn(text, "\n"), text);
}

void
machine_socket(struct machine *machine)
{
	char answer[4096];

	if (*machine->socket_path == '\0') {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "there is none to be found: --socket PATH");
		return;
	}
	if (ask(machine->socket_path, answer) == 0) {
		judge(machine, answer);
		return;
	}
	if (errno == EACCES)
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "%s: only the web server's user and root may open it",
		    machine->socket_path);
	else
		machine_find(machine, GRADE_WRONG,
		    "start the receiver, or its socket", NULL,
		    "systemctl restart mixspool.socket", "%s: %s",
		    machine->socket_path, strerror(errno));
}
