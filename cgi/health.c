#include "cgi/health.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cgi/health_check.h"

#define STACK_SIZE ((size_t)128 * 1024)

struct health {
	pthread_mutex_t mutex; /* over all that follows */
	pthread_cond_t asked;
	pthread_t thread;
	bool runs, stops; /* the thread */
	struct health_check *checks;
	int64_t since;            /* when it began a check; 0: it is in none */
	size_t waiting;           /* questions */
	struct spool_names names; /* the thread's */
};

struct health *
health_new(void)
{
	struct health *health = calloc(1, sizeof *health);

	if (!health)
		return NULL;
	if (spool_names_init(&health->names) < 0) {
		free(health);
		return NULL;
	}
	pthread_mutex_init(&health->mutex, NULL);
	pthread_cond_init(&health->asked, NULL);
	return health;
}

/* A question is gone as soon as its `found` is called. */
static void
answer_all(
    struct health_question *question, const struct health_finding *finding)
{
	struct health_question *next;

	for (; question; question = next) {
		next = question->next;
		question->found(question, finding);
	}
}

/* The static functions below are called with the mutex held. */
static struct health_check *
next_wanted(const struct health *health)
{
	struct health_check *check = health->checks;

	while (check && !check->first)
		check = check->next;
	return check;
}

/* Released while the disk works. */
static void
perform(struct health *health, struct health_check *check)
{
	struct health_question *questions = NULL;
	struct health_finding finding;

	check->runs = true;
	health->since = clock_ms();
	pthread_mutex_unlock(&health->mutex);
	health_check_run(check, &health->names, &finding);
	pthread_mutex_lock(&health->mutex);
	check->finding = finding;
	/* What is not there costs nothing, and is not kept. */
	check->until = finding.campaign_error ? 0 : clock_ms() + HEALTH_KEEP_MS;
	check->runs = false;
	health->since = 0;
	health->waiting -= health_check_take(check, INT64_MAX, &questions);
	pthread_mutex_unlock(&health->mutex);
	answer_all(questions, &finding);
	pthread_mutex_lock(&health->mutex);
}

static void *
work(void *argument)
{
	struct health *health = argument;
	struct health_check *check;

	pthread_mutex_lock(&health->mutex);
	for (;;) {
		check = next_wanted(health);
		if (check)
			perform(health, check);
		else if (health->stops)
			break;
		else
			pthread_cond_wait(&health->asked, &health->mutex);
	}
	pthread_mutex_unlock(&health->mutex);
	return NULL;
}

/* 0, or an errno. */
static int
start_thread(struct health *health)
{
	pthread_attr_t attributes;
	int error;

	if (health->runs)
		return 0;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	error = pthread_create(&health->thread, &attributes, work, health);
	pthread_attr_destroy(&attributes);
	health->runs = error == 0;
	return error;
}

static bool
hangs(const struct health *health, int64_t now)
{
	return health->since && now - health->since >= HEALTH_WAIT_MS;
}

/* The answer that is known now: true; false: the question waits. */
static bool
knows(struct health *health, struct health_question *question,
    struct health_finding *finding)
{
	const int64_t now = clock_ms();
	struct health_check *check;

	*finding = (struct health_finding){0};
	health_check_forget(&health->checks, now);
	check = health_check_find(&health->checks, question);
	if (check && check->until > now) {
		*finding = check->finding;
		return true;
	}
	finding->error = !check               ? ENOMEM
			 : hangs(health, now) ? ETIMEDOUT
			 : health->waiting >= HEALTH_MAX_WAITING
			     ? EBUSY
			     : start_thread(health);
	if (finding->error)
		return true;
	question->since = now;
	health_check_await(check, question);
	health->waiting++;
	return false;
}

void
health_ask(struct health *health, struct health_question *question)
{
	struct health_finding finding;
	bool known;

	pthread_mutex_lock(&health->mutex);
	known = knows(health, question, &finding);
	pthread_cond_broadcast(&health->asked);
	pthread_mutex_unlock(&health->mutex);
	if (known)
		question->found(question, &finding);
}

void
health_end_overdue(struct health *health)
{
	const struct health_finding hung = {.error = ETIMEDOUT};
	const int64_t now = clock_ms();
	struct health_question *overdue = NULL;
	struct health_check *check;

	pthread_mutex_lock(&health->mutex);
	for (check = health->checks; check; check = check->next)
		health->waiting -= health_check_take(
		    check, now - HEALTH_WAIT_MS + 1, &overdue);
	pthread_mutex_unlock(&health->mutex);
	answer_all(overdue, &hung);
}

/* Has the thread ended, after a second at most? */
static bool
has_ended(struct health *health)
{
	struct timespec second_from_now;

	clock_gettime(CLOCK_REALTIME, &second_from_now);
	second_from_now.tv_sec++;
	return pthread_timedjoin_np(health->thread, NULL, &second_from_now) ==
	       0;
}

static bool
is_waited_for(struct health *health)
{
	bool is;

	pthread_mutex_lock(&health->mutex);
	is = health->waiting > 0;
	pthread_mutex_unlock(&health->mutex);
	return is;
}

void
health_stop(struct health *health)
{
	pthread_mutex_lock(&health->mutex);
	health->stops = true;
	pthread_cond_broadcast(&health->asked);
	pthread_mutex_unlock(&health->mutex);
	while (health->runs && !has_ended(health)) {
		if (!is_waited_for(health))
			return;
		health_end_overdue(health);
	}
	health->runs = false;
}

void
health_free(struct health *health)
{
	if (!health || health->runs)
		return;
	health_check_forget(&health->checks, INT64_MAX);
	pthread_cond_destroy(&health->asked);
	pthread_mutex_destroy(&health->mutex);
	free(health);
}

static_assert(HEALTH_WAIT_MS == 5000, "health_strerror says so");

const char *
health_strerror(int error)
{
	if (error == ETIMEDOUT)
		return "the disk has not answered for 5 seconds";
	if (error == EBUSY)
		return "too many ask at the same time";
	return strerror(error);
}
