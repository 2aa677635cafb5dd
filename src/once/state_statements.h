/*
 * state_statements.h: all statements about STATE, with their parameters: first
 * numbers, then texts and blobs. What "->" stands before are the columns of
 * each row.
 */
#ifndef STATE_STATEMENTS_H
#define STATE_STATEMENTS_H

enum state_statement {
	/*
	 * Rosters. Where runs share STATE, the one that has found or made a
	 * roster has it alone until its end.
	 */
	/* is_form, campaign, project, cohort -> id, snapshots, name */
	STATE_FIND_ROSTER,
	/* is_form, campaign, project, cohort, name -> id, snapshots */
	STATE_ADD_ROSTER,
	STATE_NAME_ROSTER,    /* roster, name */
	STATE_COUNT_SNAPSHOT, /* roster, snapshots */
	STATE_WHOLE_ROSTER,   /* roster, time */
	STATE_GET_SNAPSHOTS,  /* roster -> snapshots */

	/* Snapshots and their pages. */
	/* roster, session or null: the newest one of it; without a session the
	   open one -> number, total, state */
	STATE_FIND_SNAPSHOT,
	/* roster, number, total, time, when its first batch came or 0; session
	   or null, about */
	STATE_ADD_SNAPSHOT,
	STATE_END_SNAPSHOT,   /* roster, number, time, state */
	STATE_TOTAL_SNAPSHOT, /* roster, number, total */
	/* roster, number -> state, total, about, has a session, when its first
	   batch came; 0 where runs do not share STATE: these have an order */
	STATE_GET_SNAPSHOT,
	/* roster: the first one behind it -> roster, number */
	STATE_NEXT_OPEN_SNAPSHOT,
	STATE_ADD_PAGE,     /* roster, snapshot, page: once */
	STATE_COUNT_PAGES,  /* roster, snapshot -> count */
	STATE_DELETE_PAGES, /* roster, snapshot */

	/* People: see pack.h and walk.h. */
	STATE_NEWEST_PACK, /* roster -> none of its packs is above; or null */
	/* roster; the newest run first -> number, first, last, hashes */
	STATE_PACKS,
	STATE_RUN_SIZES, /* roster; the newest first -> run, size, waste */
	/* roster, first run; the oldest first -> run, last pack, size */
	STATE_RUNS,
	STATE_OLD_PACK, /* roster, snapshot: one before it -> 1 */
	/* number, roster, run, size, waste, snapshot, first, last, hashes */
	STATE_ADD_PACK,
	STATE_DELETE_PACKS, /* roster, first run, last run */
	/* roster, number, snapshot, since or null, people */
	STATE_ADD_MEMBERS,
	/* roster, number: the last row up to it
	   -> number, since, snapshot, people */
	STATE_MEMBERS,
	/* roster, number, end: the first row behind it -> the same */
	STATE_NEXT_MEMBERS,
	STATE_DELETE_MEMBERS, /* roster, number */

	STATE_PUT_PROFILE,    /* roster, id, properties */
	STATE_FIND_PROFILE,   /* roster, id -> properties */
	STATE_DELETE_PROFILE, /* roster, id */
	/* time, again (0: never), campaign, key -> 1: new, or old enough */
	STATE_PUT_KEY,
	STATE_TURN_BACK_KEY, /* time: if it is later; campaign, key */

	/* To look only. */
	/* campaign, cohort: ID, PROJECT/ID or - -> count, an id */
	STATE_COUNT_ROSTERS,
	STATE_COUNT_FORM, /* campaign -> 1 if it has a form only, its id */
	/* campaign or null -> id, whole_at, campaign, project, cohort, name;
	   in order; the cohort of a form is - */
	STATE_ROSTERS,
	STATE_STATEMENTS
};

#endif
