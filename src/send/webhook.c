#include "send/webhook.h"

static const char json[] = "application/json";

const struct webhook webhook_form = {
    .frame = {.start = "users=%5B",
	.separator = "%2C",
	.end = "%5D",
	.is_form = true},
    .rules = verdict_rules_form,
    .batch = 50,
    .max_batch = 100000,
};

/* The head of a page stands in front of its members. */
const struct webhook webhook_cohort = {
    .type = json,
    .frame = {.start = "", .separator = ",", .end = "]}}"},
    .rules = verdict_rules_cohort,
    .batch = 1000,
    .max_batch = 1000,
    .within_s = 60,
};

const struct webhook webhook_alert = {
    .type = json,
    .frame = {.start = "", .separator = "", .end = ""},
    .rules = verdict_rules_stream,
    .batch = 1,
    .max_batch = 1,
};

const struct webhook webhook_stream = {
    .type = json,
    .frame = {.start = "[", .separator = ",", .end = "]"},
    .rules = verdict_rules_stream,
    .batch = 500,
    .max_batch = 500,
    .heeds_s = 10,
};
