#include "send/recipients.h"

#include "users/user_id.h"

static void
note_fault(struct recipients_fault *fault, const struct profile *profile)
{
	if (fault->count++ > 0)
		return;
	fault->file = profile->file;
	fault->line = profile->line;
}

static bool
matches(struct recipients *recipients, const struct profile *profile)
{
	if (!recipients->filter)
		return true;
	switch (filter_try(recipients->filter, profile->text, profile->size)) {
	case FILTER_MATCH:
		return true;
	case FILTER_NO_MATCH:
		break;
	case FILTER_NO_CONDITION:
		note_fault(&recipients->counts.no_condition, profile);
		break;
	case FILTER_FAILED:
		note_fault(&recipients->counts.filter_failed, profile);
		break;
	}
	return false;
}

/* Claims without a POST are not kept: there may be any number. */
static enum ledger_result
claim_in_ledger(
    struct ledger *ledger, uint64_t post, const struct token_text *id)
{
	enum ledger_result result =
	    ledger_claim(ledger, post, id->text, id->size);

	if (result == LEDGER_OK && post == RECIPIENTS_NO_POST)
		result = ledger_release(ledger, post);
	return result;
}

static enum reading
claim(
    struct recipients *recipients, uint64_t post, const struct profile *profile)
{
	enum ledger_result result;
	struct token_text id;

	if (!recipients->ledger)
		return READING_ONE;
	if (user_id_read(&profile->user, &user_rule_form, &id) < 0)
		return READING_NO_MEMORY;
	result = claim_in_ledger(recipients->ledger, post, &id);
	token_text_free(&id);
	switch (result) {
	case LEDGER_OK:
		return READING_ONE;
	case LEDGER_DELIVERED:
		recipients->counts.reported_before++;
		return READING_NONE;
	case LEDGER_CLAIMED:
		recipients->counts.repeated++;
		return READING_NONE;
	default:
		return READING_FAILED;
	}
}

enum reading
recipients_next(
    struct recipients *recipients, uint64_t post, struct profile *profile)
{
	struct recipients_counts *counts = &recipients->counts;
	const enum reading status =
	    profiles_next(&recipients->profiles, profile);

	counts->profiles += status == READING_ONE || status == READING_INVALID;
	counts->invalid += status == READING_INVALID;
	if (status != READING_ONE)
		return status;
	if (!matches(recipients, profile))
		return READING_NONE;
	counts->matched++;
	return claim(recipients, post, profile);
}

int
recipients_settle(
    struct recipients *recipients, uint64_t post, bool is_delivered)
{
	enum ledger_result result = LEDGER_OK;

	if (recipients->ledger && is_delivered)
		result = ledger_record(recipients->ledger, post);
	else if (recipients->ledger)
		result = ledger_release(recipients->ledger, post);
	return result == LEDGER_OK ? 0 : -1;
}

int
recipients_commit(struct recipients *recipients)
{
	if (!recipients->ledger)
		return 0;
	return ledger_commit(recipients->ledger) == LEDGER_OK ? 0 : -1;
}

void
recipients_close(struct recipients *recipients)
{
	profiles_close(&recipients->profiles);
	ledger_close(recipients->ledger);
	filter_free(recipients->filter);
}
