/* each_campaign.h: a step of a subcommand for each campaign that a path names.
 */
#ifndef EACH_CAMPAIGN_H
#define EACH_CAMPAIGN_H

#include "base/attributes.h"
#include "tool/target.h"

/* Returns EX_OK, or an exit code after a message. */
typedef int each_campaign_step(const struct target *target, void *context);

/*
 * A campaign that fails does not stop the others. EX_OK; EX_TEMPFAIL: some
 * failed, or could not be opened; or why PATH names nothing. After a message.
 */
int each_campaign(
    const char *path, each_campaign_step *step, void *context) MUST_USE;

#endif
