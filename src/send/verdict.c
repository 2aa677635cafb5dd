#include "send/verdict.h"

enum verdict
verdict_of_status(long status)
{
	switch (status) {
	case 200:
		return VERDICT_DELIVERED;
	case 408: /* Request Timeout */
	case 425: /* Too Early */
	case 429: /* Too Many Requests */
		return VERDICT_TRY_AGAIN;
	default:
		/* A redirect loses the POST, however often it is followed. */
		return status >= 300 && status < 500 ? VERDICT_REFUSED
						     : VERDICT_TRY_AGAIN;
	}
}

enum verdict
verdict_of(const struct client_answer *answer)
{
	if (answer->status == 0 && answer->is_lasting)
		return VERDICT_UNUSABLE;
	return verdict_of_status(answer->status);
}
