#include "drain/settle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "drain/part.h"
#include "drain/put_away.h"

/* How many lines of a batch are refused. */
static size_t
refused_in(const struct settle *settle, size_t batch)
{
	size_t i, count = 0;

	for (i = 0; i < settle->refused_count; i++)
		count +=
		    settle->refused[i] >= extent_start(settle->extent, batch) &&
		    settle->refused[i] < settle->extent->ends[batch];
	return count;
}

static size_t
lines_in(const struct settle *settle, size_t batch)
{
	return settle->extent->ends[batch] -
	       extent_start(settle->extent, batch);
}

static bool
is_taken(const struct settle *settle, size_t batch)
{
	return refused_in(settle, batch) == 0;
}

static bool
is_refused(const struct settle *settle, size_t batch)
{
	return refused_in(settle, batch) > 0 &&
	       refused_in(settle, batch) == lines_in(settle, batch);
}

/* The batches up to below BATCH are settled. */
static void
settle_forget(struct settle *settle, size_t batch)
{
	const size_t start = extent_start(settle->extent, batch);
	size_t gone = 0;

	while (gone < settle->refused_count && settle->refused[gone] < start)
		gone++;
	settle->refused_count -= gone;
	if (gone > 0)
		memmove(settle->refused, settle->refused + gone,
		    settle->refused_count * sizeof *settle->refused);
	settle->batch = batch;
}

static void
report_refused(const struct settle *settle, size_t batch, const char *in)
{
	const struct handover *handover = settle->handover;

	*handover->refused += refused_in(settle, batch);
	messages_refused(handover->messages, handover->name,
	    settle->extent->names[batch], refused_in(settle, batch),
	    lines_in(settle, batch), in);
}

/* Some batches up to below END cannot leave new/, as on a full disk: they stay,
   as a batch that cannot be read does, and those behind them go on. */
static enum handover_end
settle_skip(struct settle *settle, size_t end)
{
	memcpy(settle->handover->unreadable, settle->extent->names[end - 1],
	    sizeof(batch_name));
	settle_forget(settle, end);
	return HANDOVER_DONE;
}

/* The batches from the first that is not settled to below END go to STATE. */
static enum handover_end
settle_whole(struct settle *settle, size_t end, const char *state)
{
	const struct handover *handover = settle->handover;
	batch_name *names = settle->extent->names;
	size_t i;

	if (put_away(handover->folder, handover->new, names + settle->batch,
		end - settle->batch, state) < 0) {
		messages_not_put_away(
		    handover->messages, handover->name, state);
		return is_taken(settle, settle->batch)
			   ? HANDOVER_TRY_LATER
			   : settle_skip(settle, end);
	}
	for (i = settle->batch; i < end; i++)
		if (is_refused(settle, i))
			report_refused(settle, i, names[i]);
	settle_forget(settle, end);
	return HANDOVER_DONE;
}

/* A folder that gets a part of a batch, and the part, as long as it may have to
   be undone. */
struct piece {
	const char *state; /* as for put_away_open */
	struct part_lines lines;
	size_t users; /* so many lines */
	int folder;
	batch_name name; /* "": it is not there */
};

static int
piece_write(struct settle *settle, struct piece *piece)
{
	const struct handover *handover = settle->handover;

	piece->name[0] = '\0';
	piece->folder = put_away_open(handover->folder, piece->state);
	if (piece->folder < 0 || fsync(handover->folder) < 0)
		return -1;
	if (part_write(handover->folder, handover->new,
		settle->extent->names[settle->batch], &piece->lines,
		piece->users, piece->folder, piece->name) == 0)
		return 0;
	piece->name[0] = '\0';
	return -1;
}

static void
piece_undo(struct piece *piece)
{
	const int error = errno;

	if (*piece->name)
		unlinkat(piece->folder, piece->name, 0);
	piece->name[0] = '\0';
	errno = error;
}

/*
 * Puts pieces in the place of the first batch that is not settled. After a
 * failure, which is reported, that batch is there, and they are not; except
 * that a removal that failed may have happened all the same, as on a network
 * file system: unless it was forbidden, the pieces stay.
 */
static int
settle_pieces(struct settle *settle, struct piece *pieces, size_t count)
{
	const struct handover *handover = settle->handover;
	batch_name *batch = settle->extent->names + settle->batch;
	bool undo = false;
	int result = 0;
	size_t i;

	for (i = 0; i < count && result == 0; i++)
		result = piece_write(settle, &pieces[i]);
	if (result < 0) {
		undo = true;
		messages_not_parted(handover->messages, handover->name, *batch,
		    pieces[i - 1].state);
	} else if (put_away(handover->folder, handover->new, batch, 1, NULL) <
		   0) {
		result = -1;
		undo = errno == EACCES || errno == EPERM;
		messages_not_put_away(handover->messages, handover->name, NULL);
	}
	while (i-- > 0) {
		if (undo)
			piece_undo(&pieces[i]);
		(void)fd_close(pieces[i].folder);
	}
	return result;
}

/*
 * Replaces the first batch that is not settled, of which the lines up to below
 * DECIDED are decided, by its parts; the first of them is what is refused.
 */
static int
settle_part(struct settle *settle, size_t decided)
{
	const size_t start = extent_start(settle->extent, settle->batch);
	const size_t end = settle->extent->ends[settle->batch];
	const size_t refused = refused_in(settle, settle->batch);
	struct part_lines lines = {
	    0, decided - start, settle->refused, refused, true};
	struct piece pieces[3];
	size_t i, count = 0;
	int result;

	for (i = 0; i < refused; i++)
		settle->refused[i] -= start;
	if (refused > 0)
		pieces[count++] =
		    (struct piece){"failed", lines, refused, -1, ""};
	lines.wanted = false;
	if (settle->handover->options->keep && refused < lines.to)
		pieces[count++] =
		    (struct piece){"done", lines, lines.to - refused, -1, ""};
	if (decided < end)
		pieces[count++] =
		    (struct piece){"new", {lines.to, SIZE_MAX, NULL, 0, false},
			end - decided, -1, ""};
	result = settle_pieces(settle, pieces, count);
	for (i = 0; i < refused; i++)
		settle->refused[i] += start;
	if (result == 0 && refused > 0)
		report_refused(settle, settle->batch, pieces[0].name);
	/* What stays has another name now. */
	if (result == 0)
		memcpy(settle->extent->names[settle->batch],
		    pieces[count - 1].name, sizeof(batch_name));
	return result;
}

/* The first batch that is not settled, and those behind with the same fate. */
static enum handover_end
settle_next(struct settle *settle)
{
	const struct extent *extent = settle->extent;
	const bool taken = is_taken(settle, settle->batch);
	size_t end = settle->batch + 1;

	if (!taken && !is_refused(settle, settle->batch)) {
		if (settle_part(settle, extent->ends[settle->batch]) < 0)
			return settle_skip(settle, end);
		settle_forget(settle, end);
		return HANDOVER_DONE;
	}
	while (end < extent->count && extent->ends[end] <= settle->decided &&
	       (taken ? is_taken(settle, end) : is_refused(settle, end)))
		end++;
	return settle_whole(settle, end,
	    !taken                            ? "failed"
	    : settle->handover->options->keep ? "done"
					      : NULL);
}

static int
add_refused(struct settle *settle, size_t line)
{
	size_t *more;

	if (settle->refused_count == settle->room) {
		settle->room = settle->room ? settle->room * 2 : 64;
		more = realloc(settle->refused, settle->room * sizeof *more);
		if (!more)
			return -1;
		settle->refused = more;
	}
	settle->refused[settle->refused_count++] = line;
	return 0;
}

enum handover_end
settle_lines(struct settle *settle, size_t to, bool are_refused)
{
	const struct handover *handover = settle->handover;
	enum handover_end end = HANDOVER_DONE;

	for (; settle->decided < to; settle->decided++)
		if (are_refused && add_refused(settle, settle->decided) < 0) {
			messages_cannot(handover->messages, handover->name,
			    "put aside", "a refused user");
			return HANDOVER_TRY_LATER;
		}
	while (end == HANDOVER_DONE && settle->batch < settle->extent->count &&
	       settle->extent->ends[settle->batch] <= settle->decided)
		end = settle_next(settle);
	return end;
}

void
settle_rest(struct settle *settle)
{
	if (settle->batch < settle->extent->count &&
	    settle->decided > extent_start(settle->extent, settle->batch))
		(void)settle_part(settle, settle->decided);
}

void
settle_free(struct settle *settle)
{
	free(settle->refused);
}
