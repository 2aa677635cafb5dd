/*
 * Any bytes as lines for once: what is taken passes as it came, or not at all.
 * And as an order of pages, additions and removals, over several runs: whatever
 * the order and the repetitions, in the end those are in who are in one of the
 * pages, unless the last addition or removal of somebody, since the sync began,
 * says otherwise. A command that applies what passes, knows the same people.
 *
 * All of it by two judges: one judges each line at once, the other as many
 * together as the input says. What passes, and the states, are the same.
 */
#include "fuzz.h"
#include "judges.h"

#define IDS 12
#define PAGES 6

struct world {
	struct judges judges;
	bool command[IDS]; /* who is in, as the command knows */
};

static void
apply(struct world *world)
{
	static const char start[] = "{\"$distinct_id\":\"";
	const char *line = world->judges.one.text, *end;
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

/* Begins the next run. */
static void
next_run(struct world *world)
{
	judges_end(&world->judges);
	apply(world);
	judges_forget(&world->judges);
	judges_begin(&world->judges);
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
	HOLDS(judges_line(&world->judges, line, strlen(line)) == JUDGE_OK);
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

	HOLDS(
	    sqlite3_prepare_v2(state_sqlite_database(&world->judges.many.state),
		"SELECT 1 FROM person WHERE id = ?1", -1, &statement,
		NULL) == SQLITE_OK);
	sqlite3_bind_text(statement, 1, &name, 1, SQLITE_STATIC);
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
	if (step & 128)
		next_run(world);
	else if (step & 16)
		judges_flush(&world->judges);
}

static void
check_plan(const uint8_t *data, size_t size)
{
	struct world world = {.command = {false}};
	struct plan plan = {.total = 1 + data[0] % PAGES};
	unsigned in = 0;
	size_t i;
	int page, id;

	judges_open(&world.judges, data[0] & 128);
	judges_begin(&world.judges);
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
	next_run(&world);
	in = (in | plan.added) & ~plan.removed;
	for (id = 0; id < IDS; id++) {
		HOLDS(is_in(&world, id) == (in >> id & 1));
		HOLDS(world.command[id] == (in >> id & 1));
	}
	judges_end(&world.judges);
	judges_forget(&world.judges);
	judges_close(&world.judges);
}

/* Lines that nobody made; the line itself, or nothing. */
static void
check_lines(const uint8_t *data, size_t size)
{
	struct judges judges;
	struct judges_one *one = &judges.one;
	const char *end, *line;
	size_t length, before;

	judges_open(&judges, true);
	judges_begin(&judges);
	for (line = (const char *)data; size > 0; line += length) {
		end = memchr(line, '\n', size);
		length = end ? (size_t)(end - line) : size;
		fflush(one->to);
		before = one->size;
		if (judges_line(&judges, line, length) == JUDGE_OK) {
			fflush(one->to);
			HOLDS(
			    one->size == before || one->size > before + length);
			HOLDS(one->size == before ||
			      !memcmp(one->text + one->size - length - 1, line,
				  length));
		} else {
			HOLDS(judge_why(one->judge));
		}
		/* An empty line ends those that are judged together. */
		if (length == 0)
			judges_flush(&judges);
		length += end != NULL;
		size -= length;
	}
	judges_end(&judges);
	judges_forget(&judges);
	judges_close(&judges);
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
