#include "send/sample.h"

#include <string.h>

#include "base/random.h"

#define NAMES 4
#define SECONDS_OF_90_DAYS 7776000
#define AMOUNT_SIZE sizeof "1234.56"
#define DATE_SIZE sizeof "2026-11-24T00:00:00"

static const struct place {
	const char *country, *region, *city;
	const char *first[NAMES], *last[NAMES];
} places[] = {
    {"US", "California", "Los Angeles", {"Harry", "Anna", "Joe", "Mary Ann"},
	{"Bovik", "Lytics", "Doe", "O'Neill"}},
    {"FR", "Île-de-France", "Paris", {"Zoé", "François", "Noël", "Anaïs"},
	{"Lefèvre", "d'Aubigné", "Gaël", "Œuvrard"}},
    {"DE", "Baden-Württemberg", "Tübingen",
	{"Jürgen", "Käthe", "Sören", "Änne"},
	{"Weiß", "Müller-Lüdenscheidt", "von der Höh", "Größ"}},
    {"PL", "Łódzkie", "Łódź", {"Łucja", "Żaneta", "Władysław", "Ścibor"},
	{"Brzęczyszczykiewicz", "Źrebiec", "Wójcik", "Ćwik"}},
    {"GR", "Αττική", "Αθήνα", {"Ελένη", "Γιώργος", "Ζωή", "Άννα"},
	{"Παπαδόπουλος", "Οικονόμου", "Ψαρράς", "Ξένου"}},
    {"UA", "Київська область", "Бровари", {"Олена", "Їжак", "Ґалаґан", "Юрій"},
	{"Шевченко", "Щербак", "Коваль", "М'якота"}},
    {"IL", "מחוז תל אביב", "תל אביב-יפו", {"נועה", "יוסף", "רות", "דוד"},
	{"כהן", "לוי", "בן-דוד", "מזרחי"}},
    {"EG", "القاهرة", "القاهرة", {"فاطمة", "محمد", "ليلى", "يوسف"},
	{"حسن", "عبد الله", "السيد", "إبراهيم"}},
    {"IN", "महाराष्ट्र", "मुंबई", {"प्रिया", "अर्जुन", "श्रेया", "कृष्ण"},
	{"शर्मा", "पटेल", "सिंह", "देशपांडे"}},
    {"TH", "กรุงเทพมหานคร", "บางรัก", {"สมชาย", "น้ำฝน", "ปิยะ", "กมลา"},
	{"ใจดี", "แสงทอง", "ศรีสุข", "วงศ์ไทย"}},
    {"CN", "广东省", "深圳市", {"伟", "秀英", "娜", "建国"},
	{"王", "李", "欧阳", "张"}},
    {"JP", "東京都", "新宿区", {"さくら", "太郎", "ヒロシ", "葵"},
	/* The second name begins with a character beyond 16 bits. */
	{"佐藤", "𠮷田", "渡邊", "小野寺"}},
    {"KR", "서울특별시", "강남구", {"민준", "서연", "지우", "하은"},
	{"김", "이", "박", "남궁"}},
    {"BR", "São Paulo", "Águas de São Pedro",
	{"João", "Conceição", "Inês", "Luís"},
	{"Gonçalves", "Araújo", "da Assunção", "Leão"}},
};

static const char *const referrers[] = {"news.example.com", "example.net",
    "www.example.org/What-...", "search.example.com/?q=a%20b&x=1+1"};
static const char *const visits[] = {"0", "1", "17", "-3", "12345678901234567"};
static const char *const plans[] = {"Free", "Pro", "Team 🚀", "Ünlimited ∞"};
static const char *const bios[] = {"", "said \\\"hello\\\" \\u0026 left\\n",
    "C:\\\\temp\\\\caf\\u00e9 \\ud83d\\ude00", "50% off + free = 👍🏽"};
static const char *const lists[] = {"[]", "[\"new\",\"beta tester\"]",
    "[1,-2.50,3e2,[\"nested\",[true,null]]]",
    "[{\"os\":\"iOS\",\"version\":\"17.1\"},{\"os\":\"Android\"}]"};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define ANY(array) (array)[random_below(random, COUNT(array))]

static char *
put(char *to, const char *text)
{
	size_t size = strlen(text);

	memcpy(to, text, size);
	return to + size;
}

/* A name and a value; QUOTE is "\"" or "". */
static char *
put_member(char *to, const char *name, const char *quote, const char *value)
{
	to = put(put(put(to, "\""), name), "\":");
	return put(put(put(put(to, quote), value), quote), ",");
}

/* The last COUNT digits of a number. */
static char *
put_digits(char *to, uint64_t number, unsigned base, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = count; i-- > 0; number /= base)
		to[i] = digits[number % base];
	return to + count;
}

static void
draw_date(struct random *random, time_t day, char date[DATE_SIZE])
{
	time_t time = day - (time_t)random_below(random, SECONDS_OF_90_DAYS);
	struct tm utc;
	char *to = date;

	gmtime_r(&time, &utc);
	to = put_digits(to, (uint64_t)utc.tm_year + 1900, 10, 4);
	to = put_digits(put(to, "-"), (uint64_t)utc.tm_mon + 1, 10, 2);
	to = put_digits(put(to, "-"), (uint64_t)utc.tm_mday, 10, 2);
	to = put_digits(put(to, "T"), (uint64_t)utc.tm_hour, 10, 2);
	to = put_digits(put(to, ":"), (uint64_t)utc.tm_min, 10, 2);
	to = put_digits(put(to, ":"), (uint64_t)utc.tm_sec, 10, 2);
	*to = '\0';
}

static void
draw_amount(struct random *random, char amount[AMOUNT_SIZE])
{
	uint64_t cents = random_below(random, 500000);
	char *to = amount;

	/* JSON has no leading zeros. */
	to = put_digits(to, cents / 100, 10,
	    cents >= 100000  ? 4
	    : cents >= 10000 ? 3
	    : cents >= 1000  ? 2
			     : 1);
	*put_digits(put(to, "."), cents, 10, 2) = '\0';
}

/* Drawn one after the other, so that the order is no matter of the compiler. */
struct person {
	const struct place *place;
	const char *first, *last, *referrer, *plan, *bio, *list, *newsletter;
	const char *visits;
	char created[DATE_SIZE], seen[DATE_SIZE], login[DATE_SIZE];
	char amount[AMOUNT_SIZE];
};

static void
draw_person(struct random *random, time_t day, struct person *person)
{
	person->place = &ANY(places);
	person->first = ANY(person->place->first);
	person->last = ANY(person->place->last);
	person->referrer = ANY(referrers);
	person->plan = ANY(plans);
	person->bio = ANY(bios);
	person->list = ANY(lists);
	person->newsletter = random_below(random, 2) ? "true" : "false";
	draw_date(random, day, person->created);
	draw_date(random, day, person->seen);
	draw_date(random, day, person->login);
	draw_amount(random, person->amount);
	person->visits = ANY(visits);
}

size_t
sample_profile(
    uint64_t seed, uint64_t index, time_t day, char profile[SAMPLE_MAX])
{
	const uint64_t id = random_mix(random_mix(seed) + index);
	struct random random = {id};
	struct person person;
	char *to = profile;

	draw_person(&random, day, &person);
	to = put(to, "{\"$distinct_id\":\"");
	to = put_digits(to, id, 16, 16);
	to = put(to, "\",\"$properties\":{\"$email\":\"user.");
	to = put_digits(to, id, 16, 8);
	to = put(to, "@example.com\",");
	to = put_member(to, "$first_name", "\"", person.first);
	to = put_member(to, "$last_name", "\"", person.last);
	to = put(put(put(to, "\"$name\":\""), person.first), " ");
	to = put(put(to, person.last), "\",");
	to = put_member(to, "$country_code", "\"", person.place->country);
	to = put_member(to, "$region", "\"", person.place->region);
	to = put_member(to, "$city", "\"", person.place->city);
	to = put_member(to, "$created", "\"", person.created);
	to = put_member(to, "$last_seen", "\"", person.seen);
	to = put_member(to, "Last login", "\"", person.login);
	to = put_member(to, "Referring Domain", "\"", person.referrer);
	to = put_member(to, "Plan", "\"", person.plan);
	to = put_member(to, "Visits", "", person.visits);
	to = put_member(to, "Lifetime value", "", person.amount);
	to = put_member(to, "Newsletter", "", person.newsletter);
	to = put_member(to, "Bio", "\"", person.bio);
	to = put_member(to, "Tags", "", person.list);
	/* Over the last ','. */
	to = put(to - 1, "}}");
	return (size_t)(to - profile);
}
