#include "postgres/place.h"

#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
check(const char *given, const char *shown)
{
	char *url = strdup(given), *copy;

	assert_non_null(url);
	copy = place_hide(url);
	assert_non_null(copy);
	assert_string_equal(copy, given);
	assert_string_equal(url, shown);
	free(copy);
	free(url);
}

static void
test_no_password(void **unused)
{
	(void)unused;
	check("postgresql://db/x", "postgresql://db/x");
	check("postgres://me@db:5432/x", "postgres://me@db:5432/x");
	check("postgresql://", "postgresql://");
	check("postgresql:///x?host=/run&user=me&sslmode=require",
	    "postgresql:///x?host=/run&user=me&sslmode=require");
	check("/a:b@c", "/a:b@c");
}

static void
test_password(void **unused)
{
	(void)unused;
	check("postgresql://me:pass@db/x", "postgresql://me:****@db/x");
	check("postgresql://:pass@db", "postgresql://:****@db");
	check("postgresql://me:@db/x", "postgresql://me:@db/x");
	check("postgresql://me:p:a@db1:1,db2:2/x",
	    "postgresql://me:***@db1:1,db2:2/x");
	check("postgresql://me:p@ss@db/x", "postgresql://me:****@db/x");
	check("postgresql://me:p/s@db/x", "postgresql://me:***@db/x");
}

static void
test_parameters(void **unused)
{
	(void)unused;
	check("postgresql://db/x?password=pass",
	    "postgresql://db/x?password=****");
	check("postgresql://db/x?user=me&password=p&sslpassword=qq&port=1",
	    "postgresql://db/x?user=me&password=*&sslpassword=**&port=1");
	/* A name with an escape is the same to libpq. */
	check("postgresql://db/x?p%61ssword=pass",
	    "postgresql://db/x?p%61ssword=****");
	check("postgresql://me:pa?s@db/x?sslpassword=q",
	    "postgresql://me:****@db/x?sslpassword=*");
	check("postgresql://db:1/x?password=p&user=a@b&password=q",
	    "postgresql://db:*********************@b&password=*");
	check("postgresql://me:pa?s@db/x", "postgresql://me:****@db/x");
	check("postgresql://db?password", "postgresql://db?password");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_password),
	    cmocka_unit_test(test_password),
	    cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
