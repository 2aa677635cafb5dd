/* Bodies that are large, slow or without a length: all an empty list. */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/visit_inside.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define MAX_BODY (32 * MIB) /* MIXSPOOL_MAX_BODY unless it is set */
#define PAGE (4 * MIB)      /* a page of 1000 members may be so large */

/* The first two are beyond the defaults of mod_fcgid and of nginx. */
static const size_t sizes[] = {
    256 * KIB, 2 * MIB, PAGE, 16 * MIB, MAX_BODY, MAX_BODY + 1};

static struct exchange_request
form_of(size_t size)
{
	return (struct exchange_request){
	    .head = VISIT_FORM_HEAD, .tail = VISIT_FORM_TAIL, .size = size};
}

static const char *
size_words(size_t size, char words[32])
{
	if (size % MIB == 0)
		snprintf(words, 32, "%zu MiB", size / MIB);
	else if (size % KIB == 0)
		snprintf(words, 32, "%zu KiB", size / KIB);
	else
		snprintf(words, 32, "%zu bytes", size);
	return words;
}

/* "the body is over 33554432 bytes (MIXSPOOL_MAX_BODY)"; 0: something else. */
static size_t
limit_of_mixspool(const struct exchange_answer *answer)
{
	const char *over = strstr(answer->text, "over ");

	if (!answer->by_mixspool || answer->status != 413 || !over ||
	    !strstr(answer->text, "MIXSPOOL_MAX_BODY"))
		return 0;
	return (size_t)strtoul(over + 5, NULL, 10);
}

static void
judge_limit(struct visit *visit, size_t limit)
{
	char words[32];

	size_words(limit, words);
	if (limit < PAGE) {
		diagnosis_add(visit->diagnosis, GRADE_WARNING,
		    "mixspool's own limit is %s", words);
		diagnosis_advise(visit->diagnosis,
		    "a page of 1000 members may have 4 MiB: raise "
		    "MIXSPOOL_MAX_BODY",
		    NULL, NULL);
		return;
	}
	diagnosis_add(visit->diagnosis, GRADE_OK,
	    "up to mixspool's own limit, %s; the 413 beyond is its own", words);
}

static void
judge_refusal(struct visit *visit, size_t size, size_t passed,
    const struct exchange_answer *answer)
{
	char refused_words[32], passed_words[32], words[VISIT_WORDS];

	size_words(size, refused_words);
	size_words(passed, passed_words);
	visit_words(visit, answer, words);
	if (answer->code == CURLE_OPERATION_TIMEDOUT)
		visit_find(visit, GRADE_WARNING, FAULT_NONE,
		    "%s cannot be sent in %ld seconds", refused_words,
		    visit->peer.timeout_s);
	else if (answer->by_mixspool && answer->status == 503)
		visit_find(visit, GRADE_WARNING, FAULT_MIXSPOOL, "%s: %s",
		    refused_words, words);
	else
		visit_find(visit, GRADE_WRONG, FAULT_LIMIT, "%s: %s%s%s",
		    refused_words, words, passed > 0 ? "; what passes: " : "",
		    passed > 0 ? passed_words : "");
	visit->refused = size;
}

void
visit_size(struct visit *visit)
{
	struct exchange_answer answer;
	size_t i, limit, passed = 0;
	char words[32];

	for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		const struct exchange_request request = form_of(sizes[i]);

		visit_ask(visit, &request, &answer);
		limit = limit_of_mixspool(&answer);
		if (limit > 0) {
			visit->refused = limit + 1;
			judge_limit(visit, limit);
			return;
		}
		if (!visit_is_stored(&answer)) {
			judge_refusal(visit, sizes[i], passed, &answer);
			return;
		}
		passed = sizes[i];
	}
	diagnosis_add(visit->diagnosis, GRADE_OK, "%s and more are taken",
	    size_words(MAX_BODY, words));
}

/*
 * After a 413 Mixpanel is not known to send a page again. The web server's own
 * limit is asked for with a Content-Length alone, which costs no traffic.
 */
void
visit_large_page(struct visit *visit)
{
	const bool is_known = visit->refused > 0;
	const struct exchange_request page = {.type = VISIT_JSON,
					  .head = "{",
					  .tail = "}",
					  .size = visit->refused},
				      huge = {.type = VISIT_JSON,
					  .head = "{",
					  .tail = "}",
					  .size = 1024 * MIB,
					  .only_ask = true};
	struct exchange_answer answer = {.status = 503};
	char words[VISIT_WORDS];

	if (is_known)
		visit_ask(visit, &page, &answer);
	if (answer.status == 503)
		visit_ask(visit, &huge, &answer);
	if (answer.status == 503 || answer.code == CURLE_ABORTED_BY_CALLBACK)
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "one beyond the limit is 503, which Mixpanel tries again");
	else
		visit_find(visit, GRADE_WRONG, FAULT_LIMIT_ANSWER,
		    "one beyond the limit is %s, not 503",
		    visit_words(visit, &answer, words));
}

void
visit_no_length(struct visit *visit)
{
	struct exchange_request request = form_of(300 * KIB);
	struct exchange_answer answer;
	char words[VISIT_WORDS];

	request.chunked = true;
	visit_ask(visit, &request, &answer);
	if (visit_is_stored(&answer))
		diagnosis_add(
		    visit->diagnosis, GRADE_OK, "300 KiB in chunks: 200");
	else
		visit_find(visit, GRADE_WARNING, FAULT_NO_LENGTH,
		    "300 KiB in chunks: %s",
		    visit_words(visit, &answer, words));
}

#define TRIES 5

/* mixspool refuses an unknown campaign before it has read the body. */
void
visit_early(struct visit *visit)
{
	struct exchange_request request = form_of(900 * KIB);
	struct exchange_answer answer;
	char suffix[40], words[VISIT_WORDS] = "";
	int i, lost = 0;

	if (!visit->has_campaigns) {
		diagnosis_add(visit->diagnosis, GRADE_SKIPPED,
		    "no campaign's 404 is mixspool's");
		return;
	}
	request.suffix = visit_made_up(suffix);
	request.http2 = true;
	for (i = 0; i < TRIES; i++) {
		visit_ask(visit, &request, &answer);
		if (answer.code == 0 && answer.by_mixspool &&
		    answer.status == 404)
			continue;
		visit_words(visit, &answer, words);
		lost++;
	}
	if (lost == 0)
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "%d of %d arrive, by HTTP/%s", TRIES, TRIES,
		    answer.is_http2 ? "2" : "1.1");
	else
		visit_find(visit, GRADE_WARNING, FAULT_EARLY,
		    "%d of %d are lost: %s", lost, TRIES, words);
}

void
visit_slow(struct visit *visit)
{
	struct exchange_request request = form_of(64 * KIB);
	struct exchange_answer answer;
	char words[VISIT_WORDS];

	request.pause_ms = 1000;
	visit_ask(visit, &request, &answer);
	if (visit_is_stored(&answer))
		diagnosis_add(visit->diagnosis, GRADE_OK,
		    "a body that takes 3 seconds: 200");
	else
		visit_find(visit, GRADE_WRONG, FAULT_SLOW,
		    "a body that takes 3 seconds: %s",
		    visit_words(visit, &answer, words));
}
