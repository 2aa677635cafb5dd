/* What the journal gets of a request. */
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "cgi/request_inside.h"
#include "journal/day.h"
#include "journal/journal.h"

/* Texts of a page, without the escapes. */
struct texts {
	char action[ENTRY_TEXT_MAX + 1], project[ENTRY_TEXT_MAX + 1],
	    cohort[ENTRY_TEXT_MAX + 1], name[ENTRY_TEXT_MAX + 1],
	    session[ENTRY_TEXT_MAX + 1];
};

static struct entry_text
text_of(const char *text)
{
	return (struct entry_text){text, text ? strlen(text) : 0};
}

/* Copies a token to TO, which has room for ENTRY_TEXT_MAX bytes. */
static struct entry_text
text_of_token(struct page_token token, char *to)
{
	struct entry_text text = {token.start, token.size};

	if (!token.start)
		return (struct entry_text){NULL, 0};
	if (*token.start == '"') {
		text.start++;
		text.size -= 2;
	}
	entry_text_show(text, to, ENTRY_TEXT_MAX + 1);
	return text_of(to);
}

static uint64_t
number_of_token(struct page_token token)
{
	char digits[32];
	uint64_t number = 0;

	if (!token.start || token.size >= sizeof digits)
		return 0;
	memcpy(digits, token.start, token.size);
	digits[token.size] = '\0';
	return number_parse_digits(digits, 0, UINT64_MAX, &number) < 0 ? 0
								       : number;
}

/* Another one may be anything, and stays out of the journal. */
static bool
is_action(struct entry_text text)
{
	static const char *const actions[] = {
	    "members", "add_members", "remove_members"};
	size_t i;

	for (i = 0; i < sizeof actions / sizeof *actions; i++)
		if (text.size == strlen(actions[i]) &&
		    !memcmp(text.start, actions[i], text.size))
			return true;
	return false;
}

static void
add_page(struct journal_entry *entry, const struct answer *answer,
    struct texts *texts)
{
	const struct page_about *about = &answer->about;
	const struct page_token action = {answer->action, answer->action_size};

	entry->action = text_of_token(action, texts->action);
	if (!is_action(entry->action))
		entry->action.size = 0;
	entry->project = text_of_token(about->project, texts->project);
	entry->cohort = text_of_token(about->cohort, texts->cohort);
	entry->name = text_of_token(about->name, texts->name);
	entry->session = text_of_token(about->session, texts->session);
	entry->page = number_of_token(about->page);
	entry->pages = number_of_token(about->pages);
}

/* Requests that were refused before they had a site belong to the only one, or
   to that which they name. */
static void
find_site(struct request *request)
{
	char error[ENDPOINT_ERROR_SIZE];
	struct settings settings;

	if (request->site)
		return;
	if (request->endpoint->site)
		request->site = site_hold(request->endpoint->site);
	else if (request->answer.outcome == OUTCOME_NOT_POST)
		request->site = endpoint_take_site(
		    request->endpoint, request->gateway, &settings, error);
}

/* The answer's text is for a person with a browser. The name of another method
   is the sender's own text. */
static struct entry_text
reason_of(const struct request *request)
{
	if (request->answer.outcome != OUTCOME_NOT_POST)
		return text_of(request->answer.text);
	if (request_has_method(request, "GET"))
		return text_of("GET is not POST");
	if (request_has_method(request, "HEAD"))
		return text_of("HEAD is not POST");
	return text_of("the method is not POST");
}

/*
 * The User-Agent tells, and anybody may send that one: it keeps a refusal out
 * of the alarms, and not out of the journal, and stores nothing.
 */
static bool
is_probe(const struct request *request)
{
	static const char doctor[] = "mixspool-doctor/";
	const char *agent = request_param(request, "HTTP_USER_AGENT");

	return agent && !strncmp(agent, doctor, sizeof doctor - 1);
}

static void
add_result(struct journal_entry *entry, const struct request *request)
{
	const struct answer *answer = &request->answer;
	const bool is_stored = answer->outcome == OUTCOME_STORED ||
			       answer->outcome == OUTCOME_SET_ASIDE;

	entry->status = (unsigned)answer_reply(answer, request->format)->status;
	if (answer->outcome != OUTCOME_NO_CAMPAIGN)
		entry->campaign = text_of(answer->campaign);
	if (!is_stored) {
		entry->why = reason_of(request);
		return;
	}
	entry->users = request->users.count;
	entry->aside = request->users.aside.count;
	entry->batch = text_of(request->commit.batch);
	if (answer->outcome == OUTCOME_SET_ASIDE)
		entry->why = text_of(answer->why_aside);
}

void
request_note(struct request *request)
{
	const struct answer *answer = &request->answer;
	struct endpoint *endpoint = request->endpoint;
	struct journal_entry entry = {.kind = ENTRY_REQUEST,
	    .at_ms = day_now_ms(),
	    .requests = 1,
	    .bytes = answer->length,
	    .ms = (uint64_t)(clock_ms() - request->began)};
	struct texts texts;

	find_site(request);
	if (!request->site || !request->site->journal)
		return;
	entry.format = text_of(answer->kind                      ? answer->kind
			       : request->format == &format_form ? "form"
								 : NULL);
	add_page(&entry, answer, &texts);
	add_result(&entry, request);
	entry.probe = entry.users + entry.aside == 0 && is_probe(request);
	journal_note(request->site->journal, &entry);
	if (!request->commit.done || !endpoint_records_groups(endpoint))
		recorder_wake(&endpoint->recorder);
}
