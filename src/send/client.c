#include "send/client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "send/slot.h"

#define EVENTS 64
#define ASK_MS 100

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

static bool
open_slots(struct client *client, const struct client_options *options)
{
	size_t i;

	for (i = 0; i < client->count; i++)
		if (slot_open(&client->slots[i], options, client->headers) < 0)
			return false;
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

	if (slot_begin(slot, body, size, fault) == 0 &&
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
	const struct slot *slot;
	char *context = NULL;
	CURLcode code;

	if (!has_answer(client))
		return false;
	code = client->message->data.result;
	curl_easy_getinfo(
	    client->message->easy_handle, CURLINFO_PRIVATE, &context);
	client->message = NULL;
	slot = (const struct slot *)(const void *)context;
	slot_read_answer(slot, code, answer);
	answer->slot = (size_t)(slot - client->slots);
	curl_multi_remove_handle(client->multi, slot->easy);
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
