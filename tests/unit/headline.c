#include "status_world.h"

static void
assert_headline(struct world *world, enum headline_kind kind, const char *text)
{
	headline_spool(&world->facts, &world->page.room, &world->headline);
	assert_string_equal(world->headline.text, text);
	assert_int_equal(world->headline.kind, kind);
}

static void
set_waiting(struct world *world, uint64_t batches, int64_t age)
{
	world->campaigns[0].backlog.new =
	    (struct backlog_folder){.batches = batches};
	world->campaigns[0].oldest_ms = batches > 0 ? NOW - age : 0;
}

static void
test_all_well(void **state)
{
	struct world *world = *state;

	assert_headline(world, HEADLINE_GOOD,
	    "All well: 1,204 users today, last 3 minutes ago");
	world->facts.count = 2;
	world->summaries[1].last_arrival_ms = NOW - 2 * MINUTE;
	assert_headline(world, HEADLINE_GOOD,
	    "All well: 2,408 users today, last 2 minutes ago");
	assert_shows(world,
	    "<h1 class=good>All well: 2,408 users today, last 2 minutes ago"
	    "</h1>");
	/* One that nothing came for yet takes nothing from that. */
	world->campaigns[1].summary = NULL;
	assert_headline(world, HEADLINE_GOOD,
	    "All well: 1,204 users today, last 3 minutes ago");
}

static void
test_nothing_came_yet(void **state)
{
	struct world *world = *state;

	world->campaigns[0].summary = NULL;
	world->page.url = "https://mixpanel:SECRET@example.com/mixpanel";
	assert_headline(world, HEADLINE_NEW, "No webhook has arrived yet");
	assert_shows(world,
	    "Paste this URL into Mixpanel:<code><bdi>"
	    "https://mixpanel:SECRET@example.com/mixpanel</bdi></code>");
	world->page.url = NULL;
	assert_shows(world, "mixspool send --sample 50 URL");
	set_waiting(world, 3, MINUTE);
	assert_headline(world, HEADLINE_GOOD,
	    "3 batches wait; the journal has nothing yet");
}

static void
test_hand_over(void **state)
{
	struct world *world = *state;
	struct summary_campaign *summary = &world->summaries[0];

	set_waiting(world, 40, 2 * DAY);
	assert_headline(world, HEADLINE_BAD,
	    "Nothing was ever handed over: 40 batches wait, the oldest for 2 "
	    "days");
	summary->last_run_ms = summary->last_success_ms = NOW - 2 * DAY;
	assert_headline(world, HEADLINE_BAD,
	    "Nothing handed over for 2 days: 40 batches wait");
	world->campaigns[0].backlog.new.has_more = true;
	assert_headline(world, HEADLINE_BAD,
	    "Nothing handed over for 2 days: more than 40 batches wait");
	summary->last_run_ms = summary->last_success_ms = NOW - MINUTE;
	set_waiting(world, 1, 2 * DAY);
	assert_headline(world, HEADLINE_BAD,
	    "The oldest batch has waited for 2 days, though the drain runs: 1 "
	    "batch waits");
	/* A nightly drain is no reason. */
	set_waiting(world, 1, 24 * HOUR);
	summary->last_run_ms = summary->last_success_ms = NOW - 24 * HOUR;
	assert_headline(world, HEADLINE_GOOD,
	    "All well: 1,204 users today, last 3 minutes ago");
	summary->last_run_ms = NOW - 5 * MINUTE;
	summary->last_exit = 75;
	assert_headline(world, HEADLINE_BAD,
	    "The last hand-over failed 5 minutes ago: 1 batch waits");
	assert_shows(world, "exit status 75; the last success: ");
	set_waiting(world, 0, 0);
	world->campaigns[0].backlog.failed.batches = 2;
	assert_headline(world, HEADLINE_WARNING,
	    "The command has refused 2 batches, in failed/");
}

static void
test_refusals(void **state)
{
	struct world *world = *state;
	struct summary_campaign *summary = &world->summaries[0];

	summary->last_refusal_ms = NOW - HOUR;
	summary->today.refused = 4;
	assert_headline(world, HEADLINE_WARNING,
	    "4 requests refused today; 1,204 users stored, the last 3 minutes "
	    "ago");
	summary->last_refusal_ms = NOW - 10 * SECOND;
	assert_headline(world, HEADLINE_BAD,
	    "The last request was refused, 10 seconds ago");
	world->facts.count = 2;
	assert_headline(world, HEADLINE_BAD,
	    "default: The last request was refused, 10 seconds ago");
	world->summaries[1].last_refusal_ms = NOW - MINUTE;
	assert_headline(world, HEADLINE_BAD,
	    "default: The last request was refused, 10 seconds ago; other "
	    "campaigns need a look, too");
}

static void
test_requests_without_campaign(void **state)
{
	struct world *world = *state;
	struct facts_request *request = &world->requests[0];

	world->facts.request_count = 2;
	*request = (struct facts_request){
	    .at_ms = NOW - MINUTE, .status = 401, .requests = 1};
	world->requests[1] = (struct facts_request){.at_ms = NOW - 2 * MINUTE,
	    .status = 200,
	    .requests = 1,
	    .users = 1,
	    .campaign = "default",
	    .format = "form"};
	assert_headline(world, HEADLINE_GOOD, /* a browser asks so */
	    "All well: 1,204 users today, last 3 minutes ago");
	request->bytes = 10;
	assert_headline(world, HEADLINE_BAD,
	    "A webhook came without the right secret, 1 minute ago");
	request->status = 404;
	assert_headline(world, HEADLINE_BAD,
	    "A webhook was refused before it reached a campaign, 1 minute "
	    "ago");
	world->requests[1].at_ms = NOW;
	world->facts.requests = &world->requests[1]; /* and then one came */
	world->facts.request_count = 1;
	assert_headline(world, HEADLINE_GOOD,
	    "All well: 1,204 users today, last 3 minutes ago");
}

static void
test_other_troubles(void **state)
{
	struct world *world = *state;

	world->summaries[0].last_arrival_ms = NOW - 5 * DAY;
	assert_headline(
	    world, HEADLINE_WARNING, "Nothing has arrived for 5 days");
	world->summaries[0].last_arrival_ms = NOW + DAY;
	assert_headline(world, HEADLINE_WARNING,
	    "A clock was wrong: something is dated after now");
	assert_shows(world, ">in the future</time>");
	world->summaries[0].last_arrival_ms = NOW - MINUTE;
	set_waiting(world, 2, MINUTE);
	world->campaigns[0].newest_ms = NOW + DAY;
	assert_headline(world, HEADLINE_WARNING,
	    "A clock was wrong: something is dated after now");
	world->campaigns[0].error = 13;
	assert_headline(world, HEADLINE_BAD,
	    "The folders cannot be read: Permission denied");
	world->facts.free_files = 99;
	assert_headline(world, HEADLINE_BAD,
	    "The disk has no inodes left: requests are refused");
	world->facts.free_bytes = 999;
	assert_headline(world, HEADLINE_BAD,
	    "The disk is full: requests are refused until there is room");
	world->facts.free_error = 2;
	world->facts.count = 0;
	assert_headline(world, HEADLINE_NEW, "There is no campaign");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    on_world(test_all_well),
	    on_world(test_nothing_came_yet),
	    on_world(test_hand_over),
	    on_world(test_refusals),
	    on_world(test_requests_without_campaign),
	    on_world(test_other_troubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
