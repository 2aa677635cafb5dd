/*
 * advice.h: what an answer means, and what to do about it, in plain words. The
 * reason is one of the sentences that the receiver answers.
 */
#ifndef ADVICE_H
#define ADVICE_H

struct advice {
	unsigned status;    /* 0: any but 200 */
	const char *reason; /* a part of the sentence, or "" */
	const char *means, *to_do;
};

/* Never NULL. */
const struct advice *advice_find(unsigned status, const char *why);

#endif
