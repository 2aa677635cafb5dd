#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>

#include "commit.h"
#include "spool.h"
#include "unit.h"

/*
 * The disk is played here: each commit waits at a gate, and is recorded. The
 * linker puts these in the place of the real calls (--wrap).
 */

#define REQUESTS 32

static sem_t at_the_gate, gate;
static atomic_int waiting; /* threads asleep in the queue */
static atomic_int commits, settles;
static int sizes[REQUESTS + 1], fail_with, settle_fails;
static char written[4096];

int __wrap_spool_commit(const struct campaign *campaign,
    struct spool_names *names, struct iovec *pieces, int count);
int __wrap_campaign_settle(const struct campaign *campaign);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);

int
__wrap_spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct iovec *pieces, int count)
{
	int i;

	(void)campaign;
	(void)names;
	sem_post(&at_the_gate);
	sem_wait(&gate);
	sizes[atomic_fetch_add(&commits, 1)] = count;
	if (fail_with) {
		errno = fail_with;
		return -1;
	}
	for (i = 0; i < count; i++)
		strncat(written, pieces[i].iov_base, pieces[i].iov_len);
	return 0;
}

int
__wrap_campaign_settle(const struct campaign *campaign)
{
	(void)campaign;
	atomic_fetch_add(&settles, 1);
	if (settle_fails-- > 0) {
		errno = EIO;
		return -1;
	}
	return 0;
}

int
__wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	atomic_fetch_add(&waiting, 1);
	return __real_pthread_cond_wait(condition, mutex);
}

struct request {
	struct commit *commit;
	struct campaign campaign;
	char line[3];
	int result, error;
	pthread_t thread;
};

static void *
run(void *argument)
{
	struct request *request = argument;

	request->result = commit_lines(request->commit, &request->campaign,
	    &(struct iovec){request->line, 2});
	request->error = errno;
	return NULL;
}

static void
start(struct request *request, struct commit *commit, ino_t inode, char letter)
{
	memset(request, 0, sizeof *request);
	request->commit = commit;
	request->campaign.identity.new = inode;
	request->line[0] = letter;
	request->line[1] = '\n';
	pthread_create(&request->thread, NULL, run, request);
}

static int
reset(void **state)
{
	(void)state;
	sem_init(&at_the_gate, 0, 0);
	sem_init(&gate, 0, 0);
	atomic_store(&waiting, 0);
	atomic_store(&commits, 0);
	atomic_store(&settles, 0);
	fail_with = settle_fails = 0;
	memset(written, 0, sizeof written);
	return 0;
}

/* One request at the disk, and all others in the queue behind it. */
static void
fill_queue(struct request *requests, struct commit *commit)
{
	int i;

	start(&requests[0], commit, 1, 'A');
	sem_wait(&at_the_gate);
	for (i = 1; i < REQUESTS; i++)
		start(&requests[i], commit, 1, (char)('A' + i));
	while (atomic_load(&waiting) < REQUESTS - 1)
		sched_yield();
}

static void
all_that_wait_share_one_commit(void **state)
{
	struct request requests[REQUESTS];
	struct commit *commit = commit_new();
	int i;

	(void)state;
	fill_queue(requests, commit);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	sem_post(&gate);
	for (i = 0; i < REQUESTS; i++) {
		pthread_join(requests[i].thread, NULL);
		assert_int_equal(requests[i].result, 0);
		assert_non_null(strchr(written, 'A' + i));
	}
	assert_int_equal(atomic_load(&commits), 2);
	assert_int_equal(sizes[0], 1);
	assert_int_equal(sizes[1], REQUESTS - 1);
	assert_int_equal(strlen(written), 2 * REQUESTS);
	assert_int_equal(atomic_load(&settles), 1);
	commit_free(commit);
}

static void
a_lone_request_does_not_wait(void **state)
{
	struct request request;
	struct commit *commit = commit_new();

	(void)state;
	sem_post(&gate);
	start(&request, commit, 1, 'a');
	pthread_join(request.thread, NULL);
	assert_int_equal(request.result, 0);
	assert_int_equal(atomic_load(&commits), 1);
	assert_int_equal(atomic_load(&waiting), 0);
	commit_free(commit);
}

static void
a_failure_is_told_to_all_it_concerns(void **state)
{
	struct request requests[REQUESTS], later;
	struct commit *commit = commit_new();
	int i;

	(void)state;
	fill_queue(requests, commit);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	fail_with = ENOSPC;
	sem_post(&gate);
	for (i = 0; i < REQUESTS; i++) {
		pthread_join(requests[i].thread, NULL);
		assert_int_equal(requests[i].result, i == 0 ? 0 : -1);
		if (i > 0)
			assert_int_equal(requests[i].error, ENOSPC);
	}
	fail_with = 0;
	sem_post(&gate);
	start(&later, commit, 1, 'z');
	pthread_join(later.thread, NULL);
	assert_int_equal(later.result, 0);
	commit_free(commit);
}

static void
campaigns_do_not_wait_for_each_other(void **state)
{
	struct request first, second;
	struct commit *commit = commit_new();

	(void)state;
	start(&first, commit, 1, 'a');
	sem_wait(&at_the_gate);
	start(&second, commit, 2, 'b');
	/* Both are at the disk at once, or this waits for ever. */
	sem_wait(&at_the_gate);
	sem_post(&gate);
	sem_post(&gate);
	pthread_join(first.thread, NULL);
	pthread_join(second.thread, NULL);
	assert_int_equal(first.result, 0);
	assert_int_equal(second.result, 0);
	assert_int_equal(atomic_load(&settles), 2);
	commit_free(commit);
}

static void
an_unsettled_campaign_takes_nothing(void **state)
{
	struct request request;
	struct commit *commit = commit_new();

	(void)state;
	settle_fails = 1;
	start(&request, commit, 1, 'a');
	pthread_join(request.thread, NULL);
	assert_int_equal(request.result, -1);
	assert_int_equal(request.error, EIO);
	assert_int_equal(atomic_load(&commits), 0);
	sem_post(&gate);
	start(&request, commit, 1, 'a');
	pthread_join(request.thread, NULL);
	assert_int_equal(request.result, 0);
	assert_int_equal(atomic_load(&settles), 2);
	commit_free(commit);
}

static void
a_folder_made_anew_is_settled_anew(void **state)
{
	struct request request;
	struct commit *commit = commit_new();
	int round;

	(void)state;
	for (round = 1; round <= 3; round++) {
		sem_post(&gate);
		start(&request, commit, 1, 'a');
		/* The same inode, born again, as file systems do. */
		pthread_join(request.thread, NULL);
		assert_int_equal(atomic_load(&settles), 1);
	}
	memset(&request, 0, sizeof request);
	request.campaign.identity.new = 1;
	request.campaign.identity.born = 7;
	sem_post(&gate);
	assert_int_equal(commit_lines(commit, &request.campaign,
			     &(struct iovec){(char[]){"a\n"}, 2}),
	    0);
	assert_int_equal(atomic_load(&settles), 2);
	request.campaign.made_folder = true;
	sem_post(&gate);
	assert_int_equal(commit_lines(commit, &request.campaign,
			     &(struct iovec){(char[]){"a\n"}, 2}),
	    0);
	assert_int_equal(atomic_load(&settles), 3);
	commit_free(commit);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(all_that_wait_share_one_commit, reset),
	    cmocka_unit_test_setup(a_lone_request_does_not_wait, reset),
	    cmocka_unit_test_setup(a_failure_is_told_to_all_it_concerns, reset),
	    cmocka_unit_test_setup(campaigns_do_not_wait_for_each_other, reset),
	    cmocka_unit_test_setup(a_folder_made_anew_is_settled_anew, reset),
	    cmocka_unit_test_setup(an_unsettled_campaign_takes_nothing, reset),
	};

	return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
