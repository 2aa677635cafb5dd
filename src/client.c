#include "client.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "clock.h"

#define CONNECT_SECONDS 10L
#define TEXT_SIZE 200
#define EVENTS 64
#define ASK_MS 100

struct slot {
	CURL *easy;
	const char *body;
	size_t size, sent;
	enum client_fault fault;
	bool begun, stale;
	char text[TEXT_SIZE + 1];
	size_t text_size;
	bool text_ended;
};

struct client {
	CURLM *multi;
	struct curl_slist *headers;
	int epoll;
	CURLMsg *message; /* an answer that is not taken yet, or NULL */
	int64_t due;      /* of libcurl's timer, by clock_ms; -1 for none */
	bool asking;      /* libcurl has failed to tell what it waits for */
	size_t count;
	struct slot slots[];
};

/*
 * libcurl calls this before it sends a request, and would send it again by
 * itself when a connection that was kept open turns out to be closed. The
 * server may have got the first one: it is the caller's to send it again.
 */
static int
allow_once(
    void *context, char *address, char *local_address, int port, int local_port)
{
	struct slot *slot = context;
	bool again = slot->begun;

	(void)address;
	(void)local_address;
	(void)port;
	(void)local_port;
	slot->begun = true;
	slot->stale = again;
	return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Half of the body, and then the connection is closed. */
static size_t
give_half(char *to, size_t size, size_t count, void *context)
{
	struct slot *slot = context;
	size_t left = slot->size / 2 - slot->sent;

	if (left == 0)
		return CURL_READFUNC_ABORT;
	if (left > size * count)
		left = size * count;
	memcpy(to, slot->body + slot->sent, left);
	slot->sent += left;
	return left;
}

static int
watch_progress(void *context, curl_off_t to_download, curl_off_t downloaded,
    curl_off_t to_upload, curl_off_t uploaded)
{
	const struct slot *slot = context;

	(void)to_download;
	(void)downloaded;
	(void)to_upload;
	return slot->fault == CLIENT_DROP_ANSWER &&
	       uploaded == (curl_off_t)slot->size;
}

/* An answer must not get through just because it was fast. */
static size_t
take_header(char *from, size_t size, size_t count, void *context)
{
	const struct slot *slot = context;

	(void)from;
	return slot->fault == CLIENT_NO_FAULT ? size * count : 0;
}

static size_t
take_text(char *from, size_t size, size_t count, void *context)
{
	struct slot *slot = context;
	size_t i;

	for (i = 0; i < size * count && !slot->text_ended; i++) {
		const char *c =
		    from[i] >= ' ' && from[i] <= '~' ? &from[i] : "?";

		slot->text_ended = from[i] == '\r' || from[i] == '\n' ||
				   slot->text_size == TEXT_SIZE;
		if (!slot->text_ended)
			slot->text[slot->text_size++] = *c;
	}
	slot->text[slot->text_size] = '\0';
	return size * count;
}

static int
change_interest(
    CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
	struct client *client = context;
	struct epoll_event event = {.data.fd = socket};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(client->epoll, EPOLL_CTL_DEL, socket, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(client->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
		socket, &event) < 0)
		return -1;
	/* Anything but NULL: it is registered. */
	curl_multi_assign(client->multi, socket, client);
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *context)
{
	struct client *client = context;

	(void)multi;
	client->due = ms < 0 ? -1 : clock_ms() + ms;
	return 0;
}

static CURLcode
set_up(CURL *easy, const struct client *client,
    const struct client_options *options, struct slot *slot)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
	    {CURLOPT_NOSIGNAL, 1},
	    {CURLOPT_POST, 1},
	    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
	    {CURLOPT_HTTPAUTH, CURLAUTH_BASIC},
	    {CURLOPT_NOPROGRESS, 0},
	    {CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS},
	    {CURLOPT_TIMEOUT, (long)options->timeout_s},
	    {CURLOPT_SSL_VERIFYPEER, !options->insecure},
	    {CURLOPT_SSL_VERIFYHOST, options->insecure ? 0 : 2},
	    {CURLOPT_NETRC,
		options->netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED},
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
	    {CURLOPT_URL, options->url},
	    {CURLOPT_USERAGENT, "mixspool/" MIXSPOOL_VERSION},
	    {CURLOPT_USERPWD, options->user},
	    {CURLOPT_NETRC_FILE, options->netrc},
	    {CURLOPT_PROXY, options->proxy},
	    {CURLOPT_CAINFO, options->ca_file},
	};
	CURLcode code = CURLE_OK;
	size_t i;

	for (i = 0; i < sizeof numbers / sizeof *numbers && !code; i++)
		code =
		    curl_easy_setopt(easy, numbers[i].option, numbers[i].value);
	for (i = 0; i < sizeof texts / sizeof *texts && !code; i++)
		if (texts[i].value)
			code = curl_easy_setopt(
			    easy, texts[i].option, texts[i].value);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_half);
	curl_easy_setopt(easy, CURLOPT_READDATA, slot);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, allow_once);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, slot);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_text);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, slot);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, slot);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch_progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, slot);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, slot);
	return code;
}

static bool
open_slots(struct client *client, const struct client_options *options)
{
	size_t i;

	for (i = 0; i < client->count; i++) {
		struct slot *slot = &client->slots[i];

		slot->easy = curl_easy_init();
		if (!slot->easy ||
		    set_up(slot->easy, client, options, slot) != CURLE_OK)
			return false;
	}
	return true;
}

static bool
open_multi(struct client *client)
{
	client->multi = curl_multi_init();
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	/* Else libcurl waits a second for leave to send a large body. */
	client->headers = curl_slist_append(NULL, "Expect:");
	if (!client->multi || client->epoll < 0 || !client->headers)
		return false;
	curl_multi_setopt(
	    client->multi, CURLMOPT_MAXCONNECTS, (long)client->count);
	curl_multi_setopt(
	    client->multi, CURLMOPT_SOCKETFUNCTION, change_interest);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	return true;
}

struct client *
client_open(const struct client_options *options, size_t slots)
{
	struct client *client;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return NULL;
	client = calloc(1, sizeof *client + slots * sizeof *client->slots);
	if (!client)
		return NULL;
	client->count = slots;
	client->due = -1;
	if (open_multi(client) && open_slots(client, options))
		return client;
	client_close(client);
	return NULL;
}

int
client_post(struct client *client, size_t slot_index, const char *body,
    size_t size, enum client_fault fault)
{
	struct slot *slot = &client->slots[slot_index];

	slot->body = body;
	slot->size = size;
	slot->sent = 0;
	slot->fault = fault;
	slot->begun = slot->stale = false;
	slot->text_size = 0;
	slot->text[0] = '\0';
	slot->text_ended = false;
	/* Without a body to point to, it asks give_half. */
	curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS,
	    fault == CLIENT_CUT_BODY ? NULL : body);
	if (curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)size) == CURLE_OK &&
	    curl_multi_add_handle(client->multi, slot->easy) == CURLM_OK)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* ms until libcurl's timer or the end of MS, whichever is first; or -1. */
static int
ms_to_wait(const struct client *client, int64_t now, int64_t end)
{
	int64_t first = client->due;

	if (client->asking && (first < 0 || first > now + ASK_MS))
		first = now + ASK_MS;
	if (first < 0 || (end >= 0 && end < first))
		first = end;
	if (first < 0)
		return -1;
	return first <= now ? 0 : (int)(first - now);
}

/*
 * Without memory, or room in epoll, libcurl may wait for a socket, or for a
 * time, that it could not tell us of: all is looked at until nothing is under
 * way.
 */
static void
act(struct client *client, curl_socket_t socket, int bits)
{
	int running;

	if (curl_multi_socket_action(client->multi, socket, bits, &running) !=
	    CURLM_OK)
		client->asking = true;
}

static void
ask(struct client *client)
{
	int running;

	if (client->asking &&
	    curl_multi_perform(client->multi, &running) == CURLM_OK)
		client->asking = running > 0;
}

static void
handle(struct client *client, const struct epoll_event *events, int count,
    int fd, bool *readable)
{
	int i, bits;

	for (i = 0; i < count; i++) {
		if (events[i].data.fd == fd) {
			*readable = true;
			continue;
		}
		bits = events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0;
		if (events[i].events & EPOLLOUT)
			bits |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			bits |= CURL_CSELECT_ERR;
		act(client, events[i].data.fd, bits);
	}
	if (client->due >= 0 && client->due <= clock_ms()) {
		client->due = -1;
		act(client, CURL_SOCKET_TIMEOUT, 0);
	}
	ask(client);
}

static bool
has_answer(struct client *client)
{
	int left;

	if (!client->message)
		client->message = curl_multi_info_read(client->multi, &left);
	return client->message != NULL;
}

/* False when FD is of a kind that never has to be waited for. */
static bool
watch_fd(const struct client *client, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return fd < 0 ||
	       epoll_ctl(client->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void
client_work(struct client *client, int ms, int fd, const sigset_t *mask)
{
	const int64_t end = ms < 0 ? -1 : clock_ms() + ms;
	struct epoll_event events[EVENTS];
	bool readable = !watch_fd(client, fd), interrupted = false;
	int64_t now;
	int count;

	do {
		now = clock_ms();
		count = epoll_pwait(client->epoll, events, EVENTS,
		    readable ? 0 : ms_to_wait(client, now, end), mask);
		interrupted = count < 0;
		handle(client, events, count, fd, &readable);
	} while (!has_answer(client) && !readable && !interrupted &&
		 (end < 0 || now < end));
	if (fd >= 0)
		epoll_ctl(client->epoll, EPOLL_CTL_DEL, fd, NULL);
}

bool
client_next_answer(struct client *client, struct client_answer *answer)
{
	CURL *easy;
	CURLcode code;
	curl_off_t us = 0;
	char *context = NULL;
	const struct slot *slot;

	if (!has_answer(client))
		return false;
	easy = client->message->easy_handle;
	code = client->message->data.result;
	client->message = NULL;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &us);
	slot = (const struct slot *)(const void *)context;
	*answer = (struct client_answer){
	    .slot = (size_t)(slot - client->slots),
	    .why = curl_easy_strerror(code),
	    .text = slot->text,
	    .us = (uint64_t)us,
	};
	if (slot->stale) {
		answer->stale = true;
		answer->why = "the connection, kept open, was closed";
	}
	if (code == CURLE_OK)
		curl_easy_getinfo(
		    easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_multi_remove_handle(client->multi, easy);
	return true;
}

void
client_close(struct client *client)
{
	size_t i;

	if (!client)
		return;
	for (i = 0; i < client->count; i++) {
		struct slot *slot = &client->slots[i];

		if (slot->easy && client->multi)
			curl_multi_remove_handle(client->multi, slot->easy);
		curl_easy_cleanup(slot->easy);
	}
	curl_multi_cleanup(client->multi);
	curl_slist_free_all(client->headers);
	if (client->epoll >= 0)
		close(client->epoll);
	free(client);
	curl_global_cleanup();
}
