#include "send/foreign.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

#define LOOK 65536 /* bytes in which members are looked for */

#define NOTHING_SENT "; nothing of it is sent"
#define MAKES(jq, what) what ": `jq -c '" jq "'` makes profiles of it"

/* Members of an object, as bits. */
enum member {
	RESULTS = 1,
	ERROR = 2,
	SET = 4,
	ID = 8,
	PROPERTIES = 16,
	PLAIN_ID = 32,
	PLAIN_PROPERTIES = 64,
	EVENT = 128,
};

static const struct {
	const char *name;
	enum member member;
} members[] = {
    {"results", RESULTS},
    {"error", ERROR},
    {"$set", SET},
    {"$distinct_id", ID},
    {"$properties", PROPERTIES},
    {"distinct_id", PLAIN_ID},
    {"properties", PLAIN_PROPERTIES},
    {"event", EVENT},
};

static const char page[] =
    MAKES(".results[]", "a page of Mixpanel's Engage API, not a profile");
static const char list[] = MAKES(".[]", "a list, not an object");
static const char spread[] = MAKES(".", "JSON over several lines, not one");

static const struct {
	unsigned has, lacks;
	const char *what;
} kinds[] = {
    {RESULTS, ID, page},
    {EVENT | PLAIN_PROPERTIES, ID, "an event, not a profile"},
    {SET | ID, PROPERTIES,
	MAKES("{\"$distinct_id\": .\"$distinct_id\", \"$properties\": "
	      ".\"$set\"}",
	    "an update of a profile, with $set in place of $properties")},
    {PLAIN_ID | PLAIN_PROPERTIES, ID | PROPERTIES,
	MAKES("{\"$distinct_id\": .distinct_id, \"$properties\": "
	      ".properties}",
	    "no $distinct_id, but distinct_id")},
    {ERROR, ID | RESULTS,
	"an error of Mixpanel's API, not a profile: its \"error\" says why"},
    {ID, PROPERTIES,
	MAKES("{\"$distinct_id\": .\"$distinct_id\", \"$properties\": "
	      "del(.\"$distinct_id\")}",
	    "no $properties")},
};

static const struct {
	const char *bytes;
	size_t size;
	const char *what;
} beginnings[] = {
    {"\x1f\x8b", 2, "compressed by gzip: `zcat` unpacks it" NOTHING_SENT},
    {"\x28\xb5\x2f\xfd", 4,
	"compressed by zstd: `zstdcat` unpacks it" NOTHING_SENT},
    {"\xfd"
     "7zXZ",
	5, "compressed by xz: `xzcat` unpacks it" NOTHING_SENT},
    {"BZh", 3, "compressed by bzip2: `bzcat` unpacks it" NOTHING_SENT},
    {"PK\3\4", 4, "a zip archive: `unzip -p` unpacks it" NOTHING_SENT},
    {"\xff\xfe\0\0", 4,
	"UTF-32: `iconv -f UTF-32 -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"\0\0\xfe\xff", 4,
	"UTF-32: `iconv -f UTF-32 -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"\xff\xfe", 2,
	"UTF-16: `iconv -f UTF-16 -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"\xfe\xff", 2,
	"UTF-16: `iconv -f UTF-16 -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"{\0", 2,
	"UTF-16: `iconv -f UTF-16LE -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"[\0", 2,
	"UTF-16: `iconv -f UTF-16LE -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"\0{", 2,
	"UTF-16: `iconv -f UTF-16BE -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
    {"\0[", 2,
	"UTF-16: `iconv -f UTF-16BE -t UTF-8` makes UTF-8 of it" NOTHING_SENT},
};

/* The end of a string that starts at AT, behind its quote; END without one. */
static const char *
skip_string(const char *at, const char *end)
{
	while (++at < end && *at != '"')
		at += *at == '\\' && at + 1 < end;
	return at < end ? at + 1 : end;
}

/* Which member a string names; AT is behind its quote. 0: none of ours. */
static unsigned
member_of(const char *name, const char *at, const char *end)
{
	const size_t size = (size_t)(at - name) - 1;
	size_t i;

	while (at < end && ascii_is_json_space(*at))
		at++;
	if (at == end || *at != ':')
		return 0;
	for (i = 0; i < sizeof members / sizeof *members; i++)
		if (strlen(members[i].name) == size &&
		    memcmp(members[i].name, name, size) == 0)
			return members[i].member;
	return 0;
}

/* The members of the object at AT, as far as it goes. */
static unsigned
members_of(const char *at, const char *end)
{
	unsigned found = 0;
	const char *name;
	int depth = 0;

	do {
		if (*at == '"') {
			name = at + 1;
			at = skip_string(at, end);
			if (depth == 1)
				found |= member_of(name, at, end);
			continue;
		}
		depth += *at == '{' || *at == '[';
		depth -= *at == '}' || *at == ']';
		at++;
	} while (at < end && depth > 0);
	return found;
}

const char *
foreign_line(const char *line, size_t size)
{
	unsigned found;
	size_t i;

	if (size == 0)
		return NULL;
	if (*line == '[')
		return list;
	if (*line != '{')
		return NULL;
	found = members_of(line, line + (size < LOOK ? size : LOOK));
	for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if ((found & kinds[i].has) == kinds[i].has &&
		    !(found & kinds[i].lacks))
			return kinds[i].what;
	return NULL;
}

static bool
is_csv(const char *line, size_t size)
{
	static const char id[] = "distinct_id";

	return *line != '{' && *line != '[' &&
	       memmem(line, size, id, sizeof id - 1) &&
	       (memchr(line, ',', size) || memchr(line, ';', size) ||
		   memchr(line, '\t', size));
}

/* A bracket alone on the first line, and a line behind it that goes on. */
static bool
is_spread(const char *start, size_t size, size_t line)
{
	size_t used = line;

	while (used > 0 && ascii_is_json_space(start[used - 1]))
		used--;
	return used == 1 && (*start == '{' || *start == '[') && line < size &&
	       (start[line] == ' ' || start[line] == '\t' ||
		   start[line] == '"');
}

const char *
foreign_file(const char *start, size_t size, size_t line)
{
	const char *what;
	size_t i;

	if (start == NULL || size == 0)
		return NULL;
	for (i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
		if (size >= beginnings[i].size &&
		    memcmp(start, beginnings[i].bytes, beginnings[i].size) == 0)
			return beginnings[i].what;
	if (line > 0 && is_csv(start, line))
		return "CSV, not JSON: profiles are objects, one a "
		       "line" NOTHING_SENT;
	if (!is_spread(start, size, line))
		return NULL;
	what = foreign_line(start, size);
	return what && (what == page || what == list) ? what : spread;
}
