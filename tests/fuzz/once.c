/*
 * Any bytes as lines for once: what is taken passes as it came, or not at all.
 * And as an order of pages, additions and removals, over several runs: whatever
 * the order and the repetitions, in the end those are in who are in one of the
 * pages, unless the last addition or removal of somebody, since the sync began,
 * says otherwise. A command that applies what passes, knows the same people.
 */
#include "once/judge.h"

#include "fuzz.h"

#define IDS 12
#define PAGES 6

struct world {
	struct state state;
	struct judge *judge;
	FILE *to;
	char *text; /* of `to` */
	size_t size;
	bool command[IDS]; /* who is in, as the command knows */
};

static void
begin_run(struct world *world)
{
	const struct judge_options options = {
	    .campaign = "default", .key = "key", .now = 1000};

	world->to = open_memstream(&world->text, &world->size);
	HOLDS(world->to);
	world->judge = judge_open(&world->state, &options, world->to);
	HOLDS(world->judge);
}

static void
apply(struct world *world)
{
	static const char start[] = "{\"$distinct_id\":\"";
	const char *line = world->text, *end;
	bool enters;
	int id;

	for (; *line; line = end + 1) {
		end = strchr(line, '\n');
		HOLDS(end && !strncmp(line, start, sizeof start - 1));
		id = line[sizeof start - 1] - 'a';
		HOLDS(id >= 0 && id < IDS);
		enters = !memmem(line, (size_t)(end - line), "\"remove_", 8);
		/* Each once. */
		HOLDS(world->command[id] != enters);
		world->command[id] = enters;
	}
}

static void
end_run(struct world *world)
{
	HOLDS(judge_end(world->judge) == JUDGE_OK);
	judge_free(world->judge);
	fclose(world->to);
	apply(world);
	free(world->text);
}

static void
take(struct world *world, const char *action, int id, const char *session,
    int page, int total)
{
	char line[400], member[64] = "";

	if (id >= 0)
		snprintf(member, sizeof member,
		    "\"$distinct_id\":\"%c\",\"$properties\":{},", 'a' + id);
	snprintf(line, sizeof line,
	    "{%s\"$cohort\":{\"action\":\"%s\",\"mixpanel_cohort_id\":1,"
	    "\"mixpanel_session_id\":\"%s\",\"page_info\":{\"total_pages\":%d,"
	    "\"page_count\":%d}}}",
	    member, action, session, total, page);
	HOLDS(judge_line(world->judge, line, strlen(line)) == JUDGE_OK);
}

static void
take_page(struct world *world, unsigned members, const char *session, int page,
    int total)
{
	int id;

	if (members % (1 << IDS) == 0)
		take(world, "members", -1, session, page, total);
	for (id = 0; id < IDS; id++)
		if (members >> id & 1)
			take(world, "members", id, session, page, total);
}

static bool
is_in(struct world *world, int id)
{
	const char name = (char)('a' + id);
	sqlite3_stmt *statement;
	bool is_there;

	HOLDS(sqlite3_prepare_v2(world->state.database,
		  "SELECT 1 FROM person WHERE id = ?1", -1, &statement,
		  NULL) == SQLITE_OK);
	sqlite3_bind_blob(statement, 1, &name, 1, SQLITE_STATIC);
	is_there = sqlite3_step(statement) == SQLITE_ROW;
	sqlite3_finalize(statement);
	return is_there;
}

/* What is to come out: see the head. */
struct plan {
	int total;
	unsigned pages[PAGES], seen, added, removed;
	bool has_begun;
};

static void
take_step(struct world *world, struct plan *plan, unsigned step)
{
	const int page = (int)(step & 15) % plan->total;
	const unsigned id = step % IDS;

	switch (step >> 5 & 3) {
	case 0:
	case 1:
		take_page(
		    world, plan->pages[page], "s1", page + 1, plan->total);
		plan->seen |= 1U << page;
		plan->has_begun = true;
		break;
	case 2:
		take(world, "add_members", (int)id, "d", 1, 1);
		plan->added |= (unsigned)plan->has_begun << id;
		plan->removed &= ~(1U << id);
		break;
	default:
		take(world, "remove_members", (int)id, "d", 1, 1);
		plan->removed |= (unsigned)plan->has_begun << id;
		plan->added &= ~(1U << id);
		break;
	}
	if (step & 128) {
		end_run(world);
		begin_run(world);
	}
}

static void
check_plan(const uint8_t *data, size_t size)
{
	struct world world = {.text = NULL};
	struct plan plan = {.total = 1 + data[0] % PAGES};
	unsigned in = 0;
	size_t i;
	int page, id;

	HOLDS(state_open(&world.state, NULL, data[0] & 128) == 0);
	begin_run(&world);
	take_page(&world, data[1] | 1U << 8, "s0", 1, 1);
	for (page = 0; page < plan.total; page++) {
		plan.pages[page] =
		    (data[2 + 2 * page] | (unsigned)data[3 + 2 * page] << 8) %
		    (1 << IDS);
		in |= plan.pages[page];
	}
	for (i = 2 + 2 * PAGES; i < size; i++)
		take_step(&world, &plan, data[i]);
	for (page = 0; page < plan.total; page++)
		if (!(plan.seen >> page & 1))
			take_step(&world, &plan, (unsigned)page);
	end_run(&world);
	in = (in | plan.added) & ~plan.removed;
	for (id = 0; id < IDS; id++) {
		HOLDS(is_in(&world, id) == (in >> id & 1));
		HOLDS(world.command[id] == (in >> id & 1));
	}
	HOLDS(state_commit(&world.state) == 0);
	state_close(&world.state);
}

/* Lines that nobody made; the line itself, or nothing. */
static void
check_lines(const uint8_t *data, size_t size)
{
	struct world world = {.text = NULL};
	const char *end, *line;
	char *copy;
	size_t length, before;

	HOLDS(state_open(&world.state, NULL, true) == 0);
	begin_run(&world);
	for (line = (const char *)data; size > 0; line += length) {
		end = memchr(line, '\n', size);
		length = end ? (size_t)(end - line) : size;
		copy = fuzz_copy(line, length);
		fflush(world.to);
		before = world.size;
		if (judge_line(world.judge, copy, length) == JUDGE_OK) {
			fflush(world.to);
			HOLDS(world.size == before ||
			      world.size > before + length);
			HOLDS(world.size == before ||
			      !memcmp(world.text + world.size - length - 1,
				  copy, length));
		} else {
			HOLDS(judge_why(world.judge));
		}
		free(copy);
		length += end != NULL;
		size -= length;
	}
	HOLDS(judge_end(world.judge) == JUDGE_OK);
	judge_free(world.judge);
	fclose(world.to);
	free(world.text);
	state_close(&world.state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && (data[0] == '{' || size < 2 + 2 * PAGES))
		check_lines(data, size);
	else if (size > 0 && size < 1000)
		check_plan(data, size);
	return 0;
}
