#include "status_world.h"

static void
test_hostile_texts(void **state)
{
	struct world *world = *state;
	struct facts_request *request = &world->requests[0];
	/* What follows runs from right to left; and what is not UTF-8. */
	const unsigned char turns[] = {0xe2, 0x80, 0xae, 0xff, '\0'};

	world->facts.request_count = 1;
	*request =
	    (struct facts_request){.at_ms = NOW, .status = 400, .requests = 1};
	snprintf(request->why, sizeof request->why,
	    "<script>alert('1')</script>&\"%s", (const char *)turns);
	strcpy(request->campaign, "\"><b>");
	strcpy(world->cohort.name, "</table><i>\xd7\xa9\n");
	strcpy(world->cohort.id, "<u>");
	world->summaries[0].cohorts = &world->cohort;
	world->summaries[0].cohort_count = 1;
	world->page.url = "https://<s>/";
	assert_shows(world,
	    "<bdi>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"
	    "\\xe2\\x80\\xae\\xff</bdi>");
	assert_shows(world, "<bdi>&quot;&gt;&lt;b&gt;</bdi>");
	assert_shows(world, "<bdi>&lt;/table&gt;&lt;i&gt;\xd7\xa9\\x0a</bdi>");
	assert_shows(world, "<bdi>&lt;u&gt;</bdi>");
	assert_shows_not(world, "<script");
	world->page.path = "/a\"onload=x";
	world->facts.count = 2;
	assert_shows(world, "href=\"/a&quot;onload=x/default\"");
}

static void
test_requests(void **state)
{
	struct world *world = *state;
	struct facts_request *request = &world->requests[0];

	world->facts.request_count = 1;
	*request = (struct facts_request){.at_ms = NOW - MINUTE,
	    .status = 404,
	    .requests = 1,
	    .bytes = 9,
	    .why = "there is no campaign x: the path is \"/x\", and ..."};
	assert_shows(world,
	    "<b class=bad>Refused, 404</b> The spool has no such campaign."
	    "<small>Correct the name in Mixpanel's URL");
	request->bytes = 0; /* a browser */
	assert_shows(world, "<b>Refused, 404</b>");
	*request = (struct facts_request){.at_ms = NOW - MINUTE,
	    .status = 200,
	    .requests = 1234,
	    .users = 61700,
	    .aside = 2};
	assert_shows(world, "<b>1,234 requests</b>, <b>61,700 users</b>, 2 set "
			    "aside");
	assert_shows(world, "28 Nov 17:54</time><small>1 minute ago</small>");
	request->requests = 1;
	assert_shows(world, ">17:54:01</time>");
	request->at_ms = NOW - DAY;
	assert_shows(world, ">27 Nov 17:55:01</time>");
}

static void
test_chart(void **state)
{
	struct world *world = *state;
	struct summary_campaign *summary = &world->summaries[0];

	assert_shows(world,
	    "<g><title>Sat 17:00 UTC: 1,204 users in 25 requests, 0 refused"
	    "</title><rect class=users ");
	assert_shows_not(world, "class=hatched");
	summary->hours[0] =
	    (struct summary_hour){.requests = 3, .users = 1, .refused = 2};
	assert_shows(world,
	    "<g><title>Thu 18:00 UTC: 1 user in 3 requests, 2 refused"
	    "</title><rect class=users ");
	assert_shows(world, "<rect class=hatched ");
	assert_shows(world, "48 hours: 1,205 users, at most 1,204 in an hour; "
			    "2 requests refused</title>");
	assert_shows(world, "<th scope=row>Thu 26 Nov 18:00<td class=number>1"
			    "<td class=number>3<td class=number>2</tr>");
	*summary = (struct summary_campaign){.last_arrival_ms = NOW};
	assert_shows(world, "No users in the last 2 days.");
}

static void
test_journal_that_is_off(void **state)
{
	struct world *world = *state;

	world->facts.journal.kind = CONDITION_OFF;
	world->campaigns[0].summary = NULL;
	assert_shows(world, "<h1 class=new>The journal is off: what arrives is "
			    "not known here</h1>");
	assert_shows_not(world, "webhook</h2>");
	world->facts.free_bytes = 0;
	assert_shows(world, "<h1 class=bad>The disk is full");
}

static void
test_refresh(void **state)
{
	struct world *world = *state;

	assert_shows_not(world, "http-equiv");
	world->page.refreshes = true;
	assert_shows(world, "<meta http-equiv=\"Refresh\" content=\"60\">");
	assert_shows_not(world, "?pause");
	world->page.can_pause = true;
	assert_shows(world, "<a href=\"?pause\">Pause</a>");
	world->page.refreshes = false;
	assert_shows(world, "<a href=\"?\">Keep it up to date</a>");
}

/* However much there is, a page has its size. */
static void
test_largest_page(void **state)
{
	struct world *world = *state;
	struct facts_campaign *many = calloc(FACTS_CAMPAIGNS, sizeof *many);
	size_t i;

	memset(world->requests[0].why, '"', ENTRY_TEXT_MAX);
	world->requests[0].status = 400;
	for (i = 0; i < FACTS_REQUESTS; i++)
		world->requests[i] = world->requests[0];
	world->facts.request_count = FACTS_REQUESTS;
	for (i = 0; i < FACTS_CAMPAIGNS; i++) {
		many[i] = world->campaigns[0];
		memset(many[i].name, 'a', CAMPAIGN_NAME_MAX);
	}
	for (i = 0; i < SUMMARY_HOURS; i++)
		world->summaries[0].hours[i] =
		    (struct summary_hour){UINT64_MAX / 50, UINT64_MAX / 50, 9};
	world->facts.campaigns = many;
	world->facts.count = FACTS_CAMPAIGNS;
	world->facts.left_out = 1000;
	assert_shows(world, "1,000 campaigns more are not shown.");
	assert_in_range(world->html.size, 1, HTML_MAX / 2);
	free(many);
}

static void
test_html_ends_at_its_size(void **state)
{
	struct world *world = *state;
	char *block = malloc(HTML_MAX);

	memset(block, ' ', HTML_MAX);
	block[HTML_MAX - 1] = '\0';
	html_put(&world->html, block);
	assert_false(world->html.failed);
	html_put(&world->html, "more");
	assert_true(world->html.failed);
	html_text(&world->html, "x");
	assert_int_equal(world->html.size, HTML_MAX - 1);
	free(block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    on_world(test_hostile_texts),
	    on_world(test_requests),
	    on_world(test_chart),
	    on_world(test_journal_that_is_off),
	    on_world(test_refresh),
	    on_world(test_largest_page),
	    on_world(test_html_ends_at_its_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
