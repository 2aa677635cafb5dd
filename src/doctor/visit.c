#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/random.h"
#include "doctor/visit_inside.h"

static const struct {
	const char *name;
	enum visit_level needs;
	visit_check *run;
} checks[] = {
    {"connection", VISIT_NOWHERE, visit_connection},
    {"certificate", VISIT_SERVER, visit_certificate},
    {"IPv6", VISIT_SERVER, visit_ipv6},
    {"clock", VISIT_SERVER, visit_clock},
    {"redirect", VISIT_TRUSTED, visit_redirect},
    {"form", VISIT_TRUSTED, visit_form},
    {"page", VISIT_STORED, visit_page},
    {"campaigns", VISIT_STORED, visit_campaigns},
    {"secret", VISIT_STORED, visit_secret},
    {"GET", VISIT_TRUSTED, visit_get},
    {"HEAD", VISIT_TRUSTED, visit_head},
    {"health", VISIT_TRUSTED, visit_health},
    {"size", VISIT_STORED, visit_size},
    {"large page", VISIT_STORED, visit_large_page},
    {"no length", VISIT_STORED, visit_no_length},
    {"early answer", VISIT_STORED, visit_early},
    {"slow body", VISIT_STORED, visit_slow},
};

void
visit_run(struct visit *visit)
{
	size_t i;

	for (i = 0; i < sizeof checks / sizeof *checks; i++) {
		visit->diagnosis->check = checks[i].name;
		if (visit->level >= checks[i].needs)
			checks[i].run(visit);
		else
			diagnosis_add(visit->diagnosis, GRADE_SKIPPED,
			    "the fault above is in the way");
	}
}

/* What each answer says by the way. */
static void
learn(struct visit *visit, const struct exchange_answer *answer)
{
	if (answer->status == 0 || visit->level > VISIT_NOWHERE)
		return;
	visit->server = server_of(answer->server);
	memcpy(
	    visit->server_header, answer->server, sizeof visit->server_header);
	visit->level = VISIT_SERVER;
	visit->has_clock = answer->date != -1;
	visit->clock_ahead_s = (int64_t)(answer->date - time(NULL));
}

void
visit_ask(struct visit *visit, const struct exchange_request *request,
    struct exchange_answer *answer)
{
	if (exchange(&visit->peer, request, answer) < 0)
		snprintf(answer->failure, sizeof answer->failure, "no memory");
	learn(visit, answer);
}

bool
visit_is_stored(const struct exchange_answer *answer)
{
	return answer->by_mixspool && answer->status == 200 &&
	       answer->code == 0;
}

const char *
visit_words(const struct visit *visit, const struct exchange_answer *answer,
    char words[VISIT_WORDS])
{
	if (answer->status == 0)
		snprintf(words, VISIT_WORDS, "no answer: %s", answer->failure);
	else if (answer->by_mixspool)
		snprintf(words, VISIT_WORDS, "%ld of mixspool: %s",
		    answer->status, answer->text);
	else if (answer->code != 0)
		snprintf(words, VISIT_WORDS, "%ld of %s, and then: %s",
		    answer->status, server_name(visit->server),
		    answer->failure);
	else
		snprintf(words, VISIT_WORDS, "%ld of %s", answer->status,
		    server_name(visit->server));
	return words;
}

void
visit_find(struct visit *visit, enum grade grade, enum fault fault,
    const char *format, ...)
{
	char text[DIAGNOSIS_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	diagnosis_add(visit->diagnosis, grade, "%s", text);
	advice_give(visit->diagnosis, visit->server, fault);
}

const char *
visit_made_up(char suffix[40])
{
	const uint64_t seed = (uint64_t)time(NULL) ^ (uint64_t)getpid() << 32;

	snprintf(
	    suffix, 40, "/mixspool-doctor-%08x", (unsigned)random_mix(seed));
	return suffix;
}
