#include "send/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "send/slot.h"

#define LONGEST_MS 60000 /* curl_multi_poll has no number for "forever" */

struct client {
	CURLM *multi;
	struct curl_slist *headers;
	CURLMsg *message; /* an answer that is not taken yet, or NULL */
	size_t count, busy;
	struct slot slots[];
};

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
add_header(struct client *client, const char *name, const char *value)
{
	struct curl_slist *headers = NULL;
	char header[128];

	if (snprintf(header, sizeof header, "%s:%s%s", name, *value ? " " : "",
		value) < (int)sizeof header)
		headers = curl_slist_append(client->headers, header);
	if (headers)
		client->headers = headers;
	return headers;
}

static bool
open_multi(struct client *client, const struct client_options *options)
{
	client->multi = curl_multi_init();
	/* Or libcurl waits a second for leave to send a large body. */
	if (!client->multi || !add_header(client, "Expect", "") ||
	    (options->type &&
		!add_header(client, "Content-Type", options->type)))
		return false;
	curl_multi_setopt(
	    client->multi, CURLMOPT_MAXCONNECTS, (long)client->count);
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
	if (open_multi(client, options) && open_slots(client, options))
		return client;
	client_close(client);
	return NULL;
}

static struct slot *
find_slot(struct client *client)
{
	size_t i = 0;

	while (client->slots[i].is_busy)
		i++;
	return &client->slots[i];
}

bool
client_has_slot(const struct client *client)
{
	return client->busy < client->count;
}

int
client_post(struct client *client, void *context, const char *body, size_t size,
    enum client_fault fault)
{
	struct slot *slot = find_slot(client);

	if (slot_begin(slot, context, body, size, fault) < 0 ||
	    curl_multi_add_handle(client->multi, slot->easy) != CURLM_OK) {
		errno = ENOMEM;
		return -1;
	}
	slot->is_busy = true;
	client->busy++;
	return 0;
}

static bool
has_answer(struct client *client)
{
	int left;

	if (!client->message)
		client->message = curl_multi_info_read(client->multi, &left);
	return client->message != NULL;
}

static size_t
list_watched(struct curl_waitfd *watched, const int *fds, size_t count)
{
	size_t i, used = 0;

	for (i = 0; i < count; i++)
		if (fds[i] >= 0)
			watched[used++] = (struct curl_waitfd){
			    .fd = fds[i], .events = CURL_WAIT_POLLIN};
	return used;
}

static bool
is_any_ready(const struct curl_waitfd *watched, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (watched[i].revents)
			return true;
	return false;
}

void
client_work(struct client *client, int64_t ms, const int *fds, size_t count)
{
	const int64_t end = ms < 0 ? INT64_MAX : clock_ms() + ms;
	struct curl_waitfd watched[CLIENT_FDS];
	const size_t used = list_watched(watched, fds, count);
	int running;

	do {
		curl_multi_perform(client->multi, &running);
		ms = end - clock_ms();
		if (has_answer(client) || ms <= 0)
			return;
		curl_multi_poll(client->multi, watched, (unsigned)used,
		    ms < LONGEST_MS ? (int)ms : LONGEST_MS, NULL);
	} while (!is_any_ready(watched, used));
}

bool
client_next_answer(struct client *client, struct client_answer *answer)
{
	struct slot *slot;
	char *context = NULL;
	CURLcode code;

	if (!has_answer(client))
		return false;
	code = client->message->data.result;
	curl_easy_getinfo(
	    client->message->easy_handle, CURLINFO_PRIVATE, &context);
	client->message = NULL;
	slot = (struct slot *)(void *)context;
	slot_read_answer(slot, code, answer);
	curl_multi_remove_handle(client->multi, slot->easy);
	slot->is_busy = false;
	client->busy--;
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
	free(client);
	curl_global_cleanup();
}
