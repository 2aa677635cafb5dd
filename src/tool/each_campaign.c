#include "tool/each_campaign.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

int
each_campaign(const char *path, each_campaign_step *step, void *context)
{
	struct target_fault fault = {0};
	struct targets targets;
	struct target target;
	int result = EX_OK;
	size_t i;

	if (targets_open(path, &targets, &fault) < 0)
		return say_fail(fault.status, "%s", fault.text);
	for (i = 0; i < targets.count; i++) {
		switch (target_open(&targets, i, &target)) {
		case TARGET_OPEN:
			if (step(&target, context) != EX_OK)
				result = EX_TEMPFAIL;
			target_close(&target);
			break;
		case TARGET_CLOSED:
			result =
			    say_fail(EX_TEMPFAIL, "cannot open campaign %s: %s",
				target.name, strerror(errno));
			break;
		case TARGET_NONE:
			break;
		}
	}
	targets_free(&targets);
	return result;
}
