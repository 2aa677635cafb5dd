#include "cgi/records.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#include "unit.h"

#define ID 258
#define TYPE_END 3
#define TYPE_OUT 6

/* A connection with small buffers, and what its other end reads of it. */
struct peer {
	int ends[2];
	pthread_t thread;
	char *text; /* of the standard output */
	size_t size;
	bool has_stream_end, has_end;
};

static bool
read_all(int fd, unsigned char *bytes, size_t size)
{
	ssize_t got;

	for (; size > 0; bytes += got, size -= (size_t)got)
		if ((got = read(fd, bytes, size)) <= 0)
			return false;
	return true;
}

/* As a web server reads; what breaks the rules ends it. */
static void *
peer_read(void *context)
{
	struct peer *peer = context;
	unsigned char header[8], content[65536];
	size_t size;

	while (!peer->has_end && read_all(peer->ends[1], header, 8)) {
		size = (size_t)header[4] << 8 | header[5];
		if (header[0] != 1 || header[2] << 8 != (ID & 0xff00) ||
		    header[3] != (ID & 0xff) || header[6] != 0 ||
		    !read_all(peer->ends[1], content, size))
			break;
		if (header[1] == TYPE_OUT && !peer->has_stream_end) {
			peer->has_stream_end = size == 0;
			memcpy(peer->text + peer->size, content, size);
			peer->size += size;
		}
		peer->has_end = header[1] == TYPE_END;
	}
	return NULL;
}

static void
peer_open(struct peer *peer, size_t room)
{
	const int small = 4096;

	*peer = (struct peer){.text = malloc(room + 1)};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, peer->ends), 0);
	assert_int_equal(setsockopt(peer->ends[0], SOL_SOCKET, SO_SNDBUF,
			     &small, sizeof small),
	    0);
}

static void
peer_close(struct peer *peer)
{
	close(peer->ends[0]);
	close(peer->ends[1]);
	free(peer->text);
}

static void
test_any_size(void **state)
{
	static const size_t sizes[] = {0, 1, 8191, 8192, 8193, 16384, 32767,
	    32768, 32769, 40960, 65536, 1000000};
	struct peer peer;
	char *text = malloc(1000000);
	size_t i, j;

	(void)state;
	for (i = 0; i < 1000000; i++)
		text[i] = (char)('a' + i % 23);
	for (j = 0; j < COUNT(sizes); j++) {
		peer_open(&peer, sizes[j]);
		assert_int_equal(
		    pthread_create(&peer.thread, NULL, peer_read, &peer), 0);
		records_answer_large(peer.ends[0], ID, text, sizes[j], 10000);
		pthread_join(peer.thread, NULL);
		assert_int_equal(peer.size, sizes[j]);
		assert_memory_equal(peer.text, text, sizes[j]);
		assert_true(peer.has_stream_end);
		assert_true(peer.has_end);
		peer_close(&peer);
	}
	free(text);
}

/* It loses the connection, and the thread goes on. */
static void
test_peer_that_does_not_read(void **state)
{
	const int64_t began = clock_ms();
	struct peer peer;
	char *text = calloc(1, 1000000);

	(void)state;
	peer_open(&peer, 1000000);
	records_answer_large(peer.ends[0], ID, text, 1000000, 100);
	assert_true(clock_ms() - began >= 100);
	peer_read(&peer); /* up to the end that the shutdown is */
	assert_false(peer.has_end);
	peer_close(&peer);
	free(text);
}

static void
test_peer_that_is_gone(void **state)
{
	struct peer peer;
	char *text = calloc(1, 100000);

	(void)state;
	peer_open(&peer, 0);
	shutdown(peer.ends[1], SHUT_RDWR);
	records_answer_large(peer.ends[0], ID, text, 100000, 60000);
	peer_close(&peer);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_any_size),
	    cmocka_unit_test(test_peer_that_does_not_read),
	    cmocka_unit_test(test_peer_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
