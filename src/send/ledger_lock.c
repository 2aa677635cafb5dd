#include <stdio.h>

#include "send/ledger_inside.h"

static enum ledger_result
result_of_lock(int result)
{
	return result == 0  ? LEDGER_OK
	       : result > 0 ? LEDGER_LOCKED
			    : LEDGER_FAILED;
}

enum ledger_result
ledger_lock_campaign(struct ledger *ledger, const char *name)
{
	struct database *database = &ledger->database;
	enum ledger_result result =
	    result_of_lock(database_lock(database, (off_t)ledger->campaign, 1));

	if (result == LEDGER_LOCKED)
		snprintf(database->error, sizeof database->error,
		    "another send of campaign %s is running", name);
	return result;
}

enum ledger_result
ledger_lock_all(struct ledger *ledger)
{
	enum ledger_result result =
	    result_of_lock(database_lock(&ledger->database, 0, 0));

	if (result == LEDGER_LOCKED)
		(void)database_fail(&ledger->database,
		    "another send is running, and this state of mixspool 0.1 "
		    "must be converted first");
	return result;
}
