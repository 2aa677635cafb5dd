/* reading.h: what comes of asking for the next line, profile or recipient. */
#ifndef READING_H
#define READING_H

enum reading {
	READING_ONE,
	READING_NONE,       /* something was passed over: call again */
	READING_INVALID,    /* a line that is no profile: call again */
	READING_WAIT,       /* the descriptor has nothing for now */
	READING_UNREADABLE, /* a file, errno says why: call again */
	READING_END,
	READING_NO_MEMORY,
	READING_FAILED, /* the ledger: ledger_error says why */
};

#endif
