/* visit_inside.h: what the checks of visit.c share; for them alone. */
#ifndef VISIT_INSIDE_H
#define VISIT_INSIDE_H

#include "doctor/visit.h"

#define VISIT_JSON "application/json"
#define VISIT_FORM_HEAD "users=["
#define VISIT_FORM_TAIL "]"

typedef void visit_check(struct visit *visit);

visit_check visit_connection, visit_certificate, visit_ipv6, visit_redirect,
    visit_form, visit_page, visit_campaigns, visit_secret, visit_get,
    visit_head, visit_health, visit_size, visit_large_page, visit_no_length,
    visit_early, visit_slow, visit_clock;

/* Sends a request; ANSWER is all 0 when memory was short, as if nobody had
   answered. */
void visit_ask(struct visit *visit, const struct exchange_request *request,
    struct exchange_answer *answer);

/* An empty form is the 200 of mixspool. */
bool visit_is_stored(const struct exchange_answer *answer);

/*
 * Adds a finding, and advice: why is ANSWER not the one that was expected of
 * WHAT, such as "an empty form"? From the status, and from who answers.
 */
void visit_blame(struct visit *visit, enum grade grade, const char *what,
    const struct exchange_answer *answer);

/* Adds a finding with advice about the server in front. */
void visit_find(struct visit *visit, enum grade grade, enum fault fault,
    const char *format, ...) PRINTF(4, 5);

/* Does the URL name this machine? */
bool visit_is_here(const char *url);

/* "413 of nginx", "no answer: ..." */
#define VISIT_WORDS 400
const char *visit_words(const struct visit *visit,
    const struct exchange_answer *answer, char words[VISIT_WORDS]);

/* "/mixspool-doctor-1f2e3d4c": no campaign has this name. */
const char *visit_made_up(char suffix[40]);

#endif
