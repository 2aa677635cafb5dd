/* Could a POST to each campaign be stored now? The receiver is asked. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "doctor/machine_inside.h"
#include "tool/ask.h"

/* False: another campaign would get the same answer. */
static bool
judge(struct machine *machine, const char *campaign,
    const struct ask_answer *answer)
{
	if (answer->status == 0)
		machine_find(machine, GRADE_WRONG,
		    "start the receiver, or its socket", NULL,
		    "systemctl restart mixspool.socket", "%s: %s",
		    machine->socket_path, answer->text);
	else if (answer->status == 405 || answer->status == 401)
		machine_find(machine, GRADE_WARNING,
		    "mixspool before 0.2 has no health line", NULL, NULL,
		    "%s: %d, the receiver does not know ?health",
		    machine->socket_path, answer->status);
	else
		machine_find(machine, GRADE_WRONG,
		    "docs/troubleshooting.md has what to do, by the line", NULL,
		    NULL, "campaign %s: %d, %s", campaign, answer->status,
		    answer->text);
	return answer->status == 404 || answer->status == 503;
}

static bool
is_for_others(const char *socket)
{
	return access(socket, W_OK) < 0 && errno == EACCES;
}

void
machine_socket(struct machine *machine)
{
	const struct targets *spool = &machine->spool;
	struct ask_answer answer = {.status = 0};
	size_t i, good = 0;
	bool go_on = true;

	if (*machine->socket_path == '\0') {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "there is none to be found: --socket PATH");
		return;
	}
	if (is_for_others(machine->socket_path)) {
		diagnosis_add(machine->diagnosis, GRADE_SKIPPED,
		    "%s: only the web server's user and root may open it",
		    machine->socket_path);
		return;
	}
	for (i = 0; i < spool->count && go_on; i++) {
		ask_health(machine->socket_path, spool->names[i], &answer);
		if (answer.status == 200)
			good++;
		else
			go_on = judge(machine, spool->names[i], &answer);
	}
	if (good == spool->count)
		diagnosis_add(machine->diagnosis, GRADE_OK, "%s: 200, %s",
		    machine->socket_path, answer.text);
}
