#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "spool/commit.h"
#include "spool/spool.h"
#include "unit.h"

/*
 * A disk and a clock in the test's hands: each commit waits at a gate and is
 * recorded. The linker replaces the real calls by these (--wrap).
 */

#define REQUESTS 32
#define LEADERS 2

static sem_t at_the_gate, gate;
static atomic_int waiting; /* threads that wait for room */
static atomic_int commits, settles;
static int sizes[2 * COMMIT_MAX_WAITING], fail_with, settle_fails, open_fails;
static bool is_moved; /* the names mean other folders */
static _Atomic int64_t now;
static char written[4096];

int __wrap_campaign_open(
    int spool, const char *name, struct campaign *campaign);
int __wrap_spool_commit(const struct campaign *campaign,
    struct spool_names *names, struct spool_pieces *pieces,
    struct spool_pieces *aside);
int __wrap_campaign_settle(const struct campaign *campaign);
int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int __real_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);

int64_t __wrap_clock_ms(void);

int64_t
__wrap_clock_ms(void)
{
	return atomic_load(&now);
}

/* What campaign_open finds. */
static struct campaign folders;

int
__wrap_campaign_open(int spool, const char *name, struct campaign *campaign)
{
	(void)spool;
	if (open_fails) {
		errno = open_fails;
		return -1;
	}
	*campaign = folders;
	campaign->identity.folder = (ino_t)(name[0] - '0') + is_moved;
	return 0;
}

int
__wrap_spool_commit(const struct campaign *campaign, struct spool_names *names,
    struct spool_pieces *pieces, struct spool_pieces *aside)
{
	size_t i;

	(void)aside;
	(void)campaign;
	(void)names;
	sem_post(&at_the_gate);
	sem_wait(&gate);
	sizes[atomic_fetch_add(&commits, 1)] = (int)pieces->count;
	if (fail_with) {
		errno = fail_with;
		return -1;
	}
	strcpy(pieces->name, "a batch");
	for (i = 0; i < pieces->count && strlen(written) < (size_t)2 * REQUESTS;
	     i++)
		strncat(
		    written, pieces->all[i].iov_base, pieces->all[i].iov_len);
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
	struct commit_request handed_in;
	struct commit *commit;
	char line[3], name[2]; /* the campaign's name is its inode */
	int error;
	char batch[16];
	sem_t answered;
	pthread_t thread;
};

static void
done(struct commit_request *handed_in, int error)
{
	struct request *request = handed_in->context;

	request->error = error;
	snprintf(request->batch, sizeof request->batch, "%s", handed_in->batch);
	sem_post(&request->answered);
}

static void *
run(void *argument)
{
	struct request *request = argument;

	commit_hand_in(request->commit, &request->handed_in);
	return NULL;
}

static void
prepare(
    struct request *request, struct commit *commit, ino_t inode, char letter)
{
	memset(request, 0, sizeof *request);
	sem_init(&request->answered, 0, 0);
	request->commit = commit;
	request->error = -1;
	request->line[0] = letter;
	request->line[1] = '\n';
	request->name[0] = (char)('0' + inode);
	request->handed_in = (struct commit_request){.spool = -1,
	    .campaign = request->name,
	    .lines = {request->line, 2},
	    .done = done,
	    .context = request};
	request->handed_in.stat.folder = inode;
}

static void
start(struct request *request, struct commit *commit, ino_t inode, char letter)
{
	prepare(request, commit, inode, letter);
	pthread_create(&request->thread, NULL, run, request);
}

/* Joins the thread that handed the request in, and waits for the answer. */
static int
fate(struct request *request)
{
	pthread_join(request->thread, NULL);
	sem_wait(&request->answered);
	return request->error;
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
	atomic_store(&now, 1000);
	fail_with = settle_fails = open_fails = 0;
	is_moved = false;
	folders =
	    (struct campaign){.spool = -1, .folder = -1, .tmp = -1, .new = -1};
	memset(written, 0, sizeof written);
	return 0;
}

/* Puts one request at the disk, and all others in the queue behind it: nobody
   waits for them. */
static void
fill_queue(struct request *requests, struct commit *commit)
{
	int i;

	start(&requests[0], commit, 1, 'A');
	sem_wait(&at_the_gate);
	for (i = 1; i < REQUESTS; i++) {
		prepare(&requests[i], commit, 1, (char)('A' + i));
		commit_hand_in(commit, &requests[i].handed_in);
		assert_int_equal(sem_trywait(&requests[i].answered), -1);
	}
}

static void
all_that_wait_share_one_commit(void **state)
{
	struct request requests[REQUESTS];
	struct commit *commit = commit_new(LEADERS, 0);
	int i;

	(void)state;
	fill_queue(requests, commit);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	/* Answered while the next ones are at the disk. */
	assert_int_equal(sem_trywait(&requests[0].answered), 0);
	sem_post(&requests[0].answered);
	sem_post(&gate);
	assert_int_equal(fate(&requests[0]), 0);
	for (i = 1; i < REQUESTS; i++) {
		sem_wait(&requests[i].answered);
		assert_int_equal(requests[i].error, 0);
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
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	sem_post(&gate);
	prepare(&request, commit, 1, 'a');
	commit_hand_in(commit, &request.handed_in);
	assert_int_equal(sem_trywait(&request.answered), 0);
	assert_int_equal(request.error, 0);
	assert_int_equal(atomic_load(&commits), 1);
	commit_free(commit);
}

static void
a_failure_is_reported_to_all_in_the_batch(void **state)
{
	struct request requests[REQUESTS], later;
	struct commit *commit = commit_new(LEADERS, 0);
	int i;

	(void)state;
	fill_queue(requests, commit);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	fail_with = ENOSPC;
	sem_post(&gate);
	assert_int_equal(fate(&requests[0]), 0);
	for (i = 1; i < REQUESTS; i++) {
		sem_wait(&requests[i].answered);
		assert_int_equal(requests[i].error, ENOSPC);
	}
	fail_with = 0;
	sem_post(&gate);
	start(&later, commit, 1, 'z');
	assert_int_equal(fate(&later), 0);
	commit_free(commit);
}

static void
campaigns_do_not_wait_for_each_other(void **state)
{
	struct request first, second;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'a');
	sem_wait(&at_the_gate);
	start(&second, commit, 2, 'b');
	/* Waits for ever unless both are at the disk at once. */
	sem_wait(&at_the_gate);
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	assert_int_equal(fate(&second), 0);
	assert_int_equal(atomic_load(&settles), 2);
	commit_free(commit);
}

static void
wait_for_a_waiting_thread(void)
{
	while (atomic_load(&waiting) == 0)
		sched_yield();
}

/* One request is held up until FULL others are answered, each but the first
   with ROOM bytes of lines (0: two bytes) and BESIDE bytes besides. */
static void
assert_held_up_behind(int full, size_t room, size_t beside)
{
	struct request *requests = calloc((size_t)full + 1, sizeof *requests);
	struct commit *commit = commit_new(LEADERS, 0);
	char *lines = calloc(1, room + 1);
	int i;

	assert_true(requests && commit && lines);
	start(&requests[0], commit, 1, 'A');
	sem_wait(&at_the_gate);
	for (i = 1; i < full; i++) {
		prepare(&requests[i], commit, 1, 'b');
		if (room)
			requests[i].handed_in.lines =
			    (struct iovec){lines, room};
		requests[i].handed_in.beside = beside;
		commit_hand_in(commit, &requests[i].handed_in);
	}
	start(&requests[full], commit, 1, 'c');
	wait_for_a_waiting_thread();
	assert_int_equal(sem_trywait(&requests[full].answered), -1);
	for (i = 0; i < 3; i++)
		sem_post(&gate);
	assert_int_equal(fate(&requests[0]), 0);
	assert_int_equal(fate(&requests[full]), 0);
	for (i = 1; i < full; i++)
		sem_wait(&requests[i].answered);
	commit_free(commit);
	free(lines);
	free(requests);
}

static void
what_waits_is_limited(void **state)
{
	(void)state;
	assert_held_up_behind(COMMIT_MAX_WAITING, 0, 0);
	reset(NULL);
	assert_held_up_behind(2, COMMIT_MAX_BYTES, 0);
	reset(NULL);
	assert_held_up_behind(2, 0, COMMIT_MAX_BYTES);
}

/* For example one that was removed after the request had looked at it. */
static void
a_campaign_that_cannot_be_opened_takes_nothing(void **state)
{
	struct request request;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	open_fails = ENOENT;
	start(&request, commit, 1, 'a');
	assert_int_equal(fate(&request), ENOENT);
	assert_int_equal(atomic_load(&commits), 0);
	open_fails = 0;
	sem_post(&gate);
	start(&request, commit, 1, 'a');
	assert_int_equal(fate(&request), 0);
	commit_free(commit);
}

/* It was renamed, and another one made under its name. */
static void
a_campaign_that_is_another_by_now_takes_nothing(void **state)
{
	struct request request;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	is_moved = true;
	sem_post(&gate);
	start(&request, commit, 1, 'a');
	assert_int_equal(fate(&request), ESTALE);
	assert_int_equal(atomic_load(&commits), 0);
	commit_free(commit);
}

/* The folder was removed, and its number reused for another campaign. */
static void
a_folder_number_does_not_join_two_campaigns(void **state)
{
	struct request first, second;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'a');
	sem_wait(&at_the_gate);
	prepare(&second, commit, 1, 'b');
	second.name[0] = '2';
	/* It does not queue behind the first one, so it fails on its own. */
	commit_hand_in(commit, &second.handed_in);
	assert_int_equal(sem_trywait(&second.answered), 0);
	assert_int_equal(second.error, ESTALE);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	commit_free(commit);
}

static void
an_unsettled_campaign_takes_nothing(void **state)
{
	struct request request;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	settle_fails = 1;
	start(&request, commit, 1, 'a');
	assert_int_equal(fate(&request), EIO);
	assert_int_equal(atomic_load(&commits), 0);
	sem_post(&gate);
	start(&request, commit, 1, 'a');
	assert_int_equal(fate(&request), 0);
	assert_int_equal(atomic_load(&settles), 2);
	commit_free(commit);
}

static void
spool_one(struct commit *commit)
{
	struct request request;

	sem_post(&gate);
	prepare(&request, commit, 1, 'a');
	commit_hand_in(commit, &request.handed_in);
	assert_int_equal(request.error, 0);
}

static void
a_folder_made_anew_is_settled_anew(void **state)
{
	struct commit *commit = commit_new(LEADERS, 0);
	int round;

	(void)state;
	for (round = 1; round <= 3; round++) {
		spool_one(commit);
		assert_int_equal(atomic_load(&settles), 1);
	}
	/* File systems reuse inodes: the same number, another birth. */
	folders.identity.born = 7;
	spool_one(commit);
	assert_int_equal(atomic_load(&settles), 2);
	folders.made_folder = true;
	spool_one(commit);
	assert_int_equal(atomic_load(&settles), 3);
	folders.made_folder = false;
	spool_one(commit);
	assert_int_equal(atomic_load(&settles), 3);
	commit_free(commit);
}

/* The fate of a request that has been answered. */
static int
error_of(struct request *request)
{
	assert_int_equal(sem_trywait(&request->answered), 0);
	return request->error;
}

static int
hand_in(
    struct request *request, struct commit *commit, ino_t inode, char letter)
{
	prepare(request, commit, inode, letter);
	commit_hand_in(commit, &request->handed_in);
	return error_of(request);
}

/* What is called when requests are done waits there. */
static sem_t after_began, after_may_end;
static atomic_int afters;

static void
after(void *context)
{
	assert_ptr_equal(context, &afters);
	atomic_fetch_add(&afters, 1);
	sem_post(&after_began);
	sem_wait(&after_may_end);
}

static struct commit *
new_with_after(unsigned leaders)
{
	struct commit *commit = commit_new(leaders, 0);

	sem_init(&after_began, 0, 0);
	sem_init(&after_may_end, 0, 0);
	atomic_store(&afters, 0);
	commit_set_after(commit, after, &afters);
	return commit;
}

static void
a_group_knows_its_batch(void **state)
{
	struct request requests[REQUESTS];
	struct commit *commit = new_with_after(LEADERS);
	int i;

	(void)state;
	fill_queue(requests, commit);
	sem_post(&gate);
	sem_post(&gate);
	for (i = 0; i < REQUESTS; i++) {
		sem_wait(&requests[i].answered);
		assert_string_equal(requests[i].batch, "a batch");
	}
	sem_post(&after_may_end);
	pthread_join(requests[0].thread, NULL);
	/* They followed each other at once. */
	assert_int_equal(atomic_load(&afters), 1);
	fail_with = EIO;
	sem_post(&gate);
	sem_post(&after_may_end);
	prepare(&requests[0], commit, 1, 'a');
	commit_hand_in(commit, &requests[0].handed_in);
	assert_string_equal(requests[0].batch, "");
	assert_int_equal(atomic_load(&afters), 2);
	commit_free(commit);
}

static void
nobody_waits_for_what_comes_after(void **state)
{
	struct request first, second;
	struct commit *commit = new_with_after(LEADERS);
	int i;

	(void)state;
	sem_post(&gate);
	start(&first, commit, 1, 'a');
	sem_wait(&after_began);
	for (i = 0; i < 3; i++) {
		sem_post(&gate);
		assert_int_equal(hand_in(&second, commit, 1, 'b'), 0);
		atomic_fetch_add(&now, COMMIT_WAIT_MS);
		commit_end_overdue(commit);
	}
	assert_int_equal(atomic_load(&afters), 1);
	sem_post(&after_may_end);
	sem_post(&after_may_end);
	/* Once for all those that came meanwhile. */
	pthread_join(first.thread, NULL);
	assert_int_equal(atomic_load(&afters), 2);
	commit_free(commit);
}

/* While one thread is in there, the other may commit, and a third campaign
   waits for it without being refused. */
static void
what_comes_after_is_not_a_commit_that_hangs(void **state)
{
	struct request first, second, third;
	struct commit *commit = new_with_after(LEADERS);

	(void)state;
	sem_post(&gate);
	start(&first, commit, 1, 'a');
	sem_wait(&after_began);
	sem_wait(&at_the_gate);
	start(&second, commit, 2, 'b');
	sem_wait(&at_the_gate);
	prepare(&third, commit, 3, 'c');
	commit_hand_in(commit, &third.handed_in);
	assert_int_equal(sem_trywait(&third.answered), -1);
	/* Taken by the thread that is in there, once it is back. */
	sem_post(&after_may_end);
	sem_wait(&at_the_gate);
	sem_post(&gate);
	sem_post(&gate);
	sem_post(&after_may_end);
	sem_post(&after_may_end);
	sem_wait(&third.answered);
	assert_int_equal(third.error, 0);
	assert_int_equal(fate(&second), 0);
	assert_int_equal(fate(&first), 0);
	commit_free(commit);
}

static void
a_lone_thread_does_nothing_after(void **state)
{
	struct request request;
	struct commit *commit = new_with_after(1);

	(void)state;
	sem_post(&gate);
	assert_int_equal(hand_in(&request, commit, 1, 'a'), 0);
	assert_int_equal(atomic_load(&afters), 0);
	commit_free(commit);
}

static void
nobody_waits_behind_a_commit_that_hangs(void **state)
{
	struct request requests[REQUESTS], later;
	struct commit *commit = commit_new(LEADERS, 0);
	int i;

	(void)state;
	fill_queue(requests, commit);
	atomic_fetch_add(&now, COMMIT_WAIT_MS - 1);
	commit_end_overdue(commit);
	assert_int_equal(sem_trywait(&requests[1].answered), -1);
	atomic_fetch_add(&now, 1);
	commit_end_overdue(commit);
	for (i = 1; i < REQUESTS; i++)
		assert_int_equal(error_of(&requests[i]), ETIMEDOUT);
	assert_int_equal(hand_in(&later, commit, 1, 'x'), ETIMEDOUT);
	/* Only the end of its commit decides about the first one. */
	assert_int_equal(sem_trywait(&requests[0].answered), -1);
	sem_post(&gate);
	assert_int_equal(fate(&requests[0]), 0);
	sem_post(&gate);
	assert_int_equal(hand_in(&later, commit, 1, 'y'), 0);
	assert_string_equal(written, "A\ny\n");
	commit_free(commit);
}

static void
a_commit_that_hangs_and_fails_is_reported_once(void **state)
{
	struct request requests[REQUESTS];
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	fill_queue(requests, commit);
	atomic_fetch_add(&now, COMMIT_WAIT_MS);
	commit_end_overdue(commit);
	commit_end_overdue(commit);
	assert_int_equal(error_of(&requests[1]), ETIMEDOUT);
	assert_int_equal(sem_trywait(&requests[1].answered), -1);
	fail_with = EIO;
	sem_post(&gate);
	assert_int_equal(fate(&requests[0]), EIO);
	assert_int_equal(sem_trywait(&requests[0].answered), -1);
	commit_free(commit);
}

/* One request, at the disk, fills all the room. */
static void
start_large(struct request *request, struct commit *commit)
{
	prepare(request, commit, 1, 'A');
	request->handed_in.beside = COMMIT_MAX_BYTES;
	pthread_create(&request->thread, NULL, run, request);
	sem_wait(&at_the_gate);
}

static void
nobody_waits_for_room_behind_a_commit_that_hangs(void **state)
{
	struct request large, same, other, later;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start_large(&large, commit);
	start(&same, commit, 1, 'b');
	wait_for_a_waiting_thread();
	atomic_fetch_add(&now, COMMIT_WAIT_MS);
	commit_end_overdue(commit);
	assert_int_equal(fate(&same), ETIMEDOUT);
	/* The other campaigns have all the room again. */
	start(&other, commit, 2, 'c');
	sem_wait(&at_the_gate);
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&other), 0);
	assert_int_equal(fate(&large), 0);
	/* The room of the first one was freed once, not twice. */
	start_large(&large, commit);
	atomic_store(&waiting, 0);
	start(&later, commit, 1, 'd');
	wait_for_a_waiting_thread();
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&large), 0);
	assert_int_equal(fate(&later), 0);
	commit_free(commit);
}

static void
a_refused_request_takes_no_room(void **state)
{
	struct request first, large, later;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'A');
	sem_wait(&at_the_gate);
	prepare(&large, commit, 1, 'b');
	large.handed_in.beside = COMMIT_MAX_BYTES;
	commit_hand_in(commit, &large.handed_in);
	atomic_fetch_add(&now, COMMIT_WAIT_MS);
	commit_end_overdue(commit);
	assert_int_equal(error_of(&large), ETIMEDOUT);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	/* Waits for ever unless there is room. */
	sem_post(&gate);
	assert_int_equal(hand_in(&later, commit, 1, 'c'), 0);
	commit_free(commit);
}

/* No commit hangs, and yet there is no room. */
static void
nobody_waits_for_room_without_an_end(void **state)
{
	struct request first, large, other;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'A');
	sem_wait(&at_the_gate);
	prepare(&large, commit, 1, 'B');
	large.handed_in.beside = COMMIT_MAX_BYTES;
	commit_hand_in(commit, &large.handed_in);
	start(&other, commit, 2, 'c');
	wait_for_a_waiting_thread();
	atomic_fetch_add(&now, COMMIT_WAIT_MS - 1);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	atomic_fetch_add(&now, 1);
	commit_end_overdue(commit);
	assert_int_equal(fate(&other), ETIMEDOUT);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	assert_int_equal(error_of(&large), 0);
	commit_free(commit);
}

/* Otherwise no thread would be left to read requests, and to refuse them. */
static void
commits_that_hang_do_not_hold_all_threads(void **state)
{
	struct request first, second, third, later;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'a');
	sem_wait(&at_the_gate);
	atomic_fetch_add(&now, 1);
	start(&second, commit, 2, 'b');
	sem_wait(&at_the_gate);
	prepare(&third, commit, 3, 'c');
	commit_hand_in(commit, &third.handed_in);
	atomic_fetch_add(&now, COMMIT_WAIT_MS - 1);
	commit_end_overdue(commit);
	assert_int_equal(sem_trywait(&third.answered), -1);
	atomic_fetch_add(&now, 1);
	commit_end_overdue(commit);
	assert_int_equal(error_of(&third), ETIMEDOUT);
	assert_int_equal(hand_in(&later, commit, 4, 'd'), ETIMEDOUT);
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	assert_int_equal(fate(&second), 0);
	sem_post(&gate);
	assert_int_equal(hand_in(&later, commit, 4, 'e'), 0);
	assert_int_equal(atomic_load(&commits), 3);
	commit_free(commit);
}

/* The thread that hands it in does not wait: the first leader takes it over. */
static void
a_campaign_waits_for_a_thread_that_may_commit(void **state)
{
	struct request first, second, third;
	struct commit *commit = commit_new(LEADERS, 0);

	(void)state;
	start(&first, commit, 1, 'a');
	sem_wait(&at_the_gate);
	start(&second, commit, 2, 'b');
	sem_wait(&at_the_gate);
	prepare(&third, commit, 3, 'c');
	commit_hand_in(commit, &third.handed_in);
	sem_post(&gate);
	sem_wait(&at_the_gate);
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	assert_int_equal(fate(&second), 0);
	assert_int_equal(error_of(&third), 0);
	commit_free(commit);
}

/* However much is posted to the other one. */
static void
no_campaign_starves_another(void **state)
{
	struct request first, more, other;
	struct commit *commit = commit_new(1, 0);

	(void)state;
	start(&first, commit, 2, 'A');
	sem_wait(&at_the_gate);
	prepare(&more, commit, 2, 'm');
	commit_hand_in(commit, &more.handed_in);
	prepare(&other, commit, 1, 'o');
	commit_hand_in(commit, &other.handed_in);
	sem_post(&gate);
	sem_post(&gate);
	sem_post(&gate);
	assert_int_equal(fate(&first), 0);
	assert_int_equal(error_of(&more), 0);
	assert_int_equal(error_of(&other), 0);
	assert_string_equal(written, "A\no\nm\n");
	commit_free(commit);
}

static void
errors_have_words(void **state)
{
	(void)state;
	assert_string_equal(commit_strerror(ENOSPC), strerror(ENOSPC));
	assert_string_equal(commit_strerror(ETIMEDOUT),
	    "the disk has not answered for 30 seconds");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(all_that_wait_share_one_commit, reset),
	    cmocka_unit_test_setup(a_lone_request_does_not_wait, reset),
	    cmocka_unit_test_setup(
		a_failure_is_reported_to_all_in_the_batch, reset),
	    cmocka_unit_test_setup(campaigns_do_not_wait_for_each_other, reset),
	    cmocka_unit_test_setup(what_waits_is_limited, reset),
	    cmocka_unit_test_setup(
		a_campaign_that_cannot_be_opened_takes_nothing, reset),
	    cmocka_unit_test_setup(
		a_campaign_that_is_another_by_now_takes_nothing, reset),
	    cmocka_unit_test_setup(a_folder_made_anew_is_settled_anew, reset),
	    cmocka_unit_test_setup(
		a_folder_number_does_not_join_two_campaigns, reset),
	    cmocka_unit_test_setup(an_unsettled_campaign_takes_nothing, reset),
	    cmocka_unit_test_setup(a_group_knows_its_batch, reset),
	    cmocka_unit_test_setup(nobody_waits_for_what_comes_after, reset),
	    cmocka_unit_test_setup(
		what_comes_after_is_not_a_commit_that_hangs, reset),
	    cmocka_unit_test_setup(a_lone_thread_does_nothing_after, reset),
	    cmocka_unit_test_setup(
		nobody_waits_behind_a_commit_that_hangs, reset),
	    cmocka_unit_test_setup(
		a_commit_that_hangs_and_fails_is_reported_once, reset),
	    cmocka_unit_test_setup(
		nobody_waits_for_room_behind_a_commit_that_hangs, reset),
	    cmocka_unit_test_setup(a_refused_request_takes_no_room, reset),
	    cmocka_unit_test_setup(nobody_waits_for_room_without_an_end, reset),
	    cmocka_unit_test_setup(
		commits_that_hang_do_not_hold_all_threads, reset),
	    cmocka_unit_test_setup(
		a_campaign_waits_for_a_thread_that_may_commit, reset),
	    cmocka_unit_test_setup(no_campaign_starves_another, reset),
	    cmocka_unit_test(errors_have_words),
	};

	return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
