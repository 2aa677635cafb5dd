#!/bin/bash
# Apache's rotatelogs: the first write that fails empties the file, and the exit
# status is 0.
#
# What surprises: when a write fails (the disk is full, a quota, a limit), rotatelogs
#   cuts its file to nothing, begins it again with a sentence about lost messages, and
#   reads on. All that earlier runs had appended to it is gone, too. At the end it
#   exits 0, and nothing is on stderr.
# One would guess: what is in the file stays, and the writer ends with an error, so
#   that the sender keeps what was not written. For a server's log the trade may be
#   right; rotatelogs is used as a general "file a day", too.
# Who meets it: who appends users to a file a day with `drain SPOOL -- rotatelogs
#   users-%F.jsonl 86400`: the exit status 0 lets drain remove the batch, and the file
#   has lost the day.
# Versions: rotatelogs of Apache 2.4.71 (Debian 12). Its manual knows -t and -T for
#   files that are to be emptied; without them it has nothing on it.
# What to do: append with a command that fails when a write does, `sh -c 'exec cat
#   >>users-$(date +%F).jsonl'`, and take care of a half line at its end. Here the
#   limit is on the file's size (`ulimit -f`); a full tmpfs gives the same.
# shellcheck disable=SC2016 # $distinct_id is a name, not a variable
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs apache2-utils=2.4.71-1~deb12u1

users() {
	local n

	for ((n = $1; n <= $2; n++)); do
		printf '{"$distinct_id":"%d","$properties":{"note":"%0200d"}}\n' "$n" 0
	done
}
# With SIGXFSZ ignored a write over 8 KiB fails with EFBIG.
limited() (
	trap '' XFSZ
	ulimit -f 8
	"$@"
)
version "rotatelogs of apache2-utils 2.4.71-1~deb12u1"
users 1 20 >"$work/first"
users 21 60 >"$work/second"
period=999999999 # none ends while this runs
unpacked usr/bin/rotatelogs "$work/users.jsonl" "$period" <"$work/first"
file=$(echo "$work"/users.jsonl.*)
expect 'users of the first run in the file' 20 "$(grep -c distinct_id "$file")"

status=0
limited unpacked usr/bin/rotatelogs "$work/users.jsonl" "$period" \
	<"$work/second" 2>"$work/stderr" || status=$?
expect 'exit status of the second run' 0 "$status"
expect 'bytes on stderr' 0 "$(wc -c <"$work/stderr")"
expect 'whole users of the first run in the file' 0 \
	"$(grep -cE '^\{"\$distinct_id":"(1?[0-9]|20)"' "$file" || true)"
expect 'whole users of the second run, of 40' 0 \
	"$(grep -c '^{"$distinct_id' "$file" || true)"
expect 'the file begins with' 'Error 27 writing to log file' \
	"$(head -c 28 "$file")"

status=0
limited sh -c 'cat >>"$1"' sh "$work/appended" <"$work/second" 2>/dev/null ||
	status=$?
expect 'exit status of cat' 1 "$status"
verdict
