#!/bin/bash
# GNU find: `-exec COMMAND {} + -delete` deletes the files before COMMAND reads them.
#
# What surprises: the actions stand in the order "hand over, then delete", and find does
#   it in the other one. With `+` the command waits until enough names are there, and
#   -exec is true at once; -delete then removes each file. COMMAND finds none of them.
#   With a COMMAND that does not mind a missing file find exits 0.
#   `-exec rm {} +` in place of -delete waits, but not for success.
# One would guess: `+` is the faster `\;`. With `\;` a file is deleted only behind a
#   COMMAND that took it, and stays when it fails.
# Who meets it: who empties a spool's `new/` with one line of cron, and turns `\;` into
#   `+` because a process a file is slow. All users in it are gone.
# Versions: findutils 4.9.0 (Debian 12). Its manual says that `+` collects names and is
#   always true, in one place, and what -delete does in another; never what both make.
# What to do: name the files first, hand over, and remove that list only when the
#   command has succeeded: `mixspool drain` does that.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs findutils=4.9.0-4

spool() {
	local n

	rm -rf "$work/new" "$work/out"
	mkdir "$work/new"
	for n in 1 2 3; do
		echo "{\"\$distinct_id\":\"user-$n\",\"\$properties\":{}}" >"$work/new/$n.jsonl"
	done
	: >"$work/out"
}
state() {
	echo "$1, $(wc -l <"$work/out") users out, $(find "$work/new" -type f | wc -l) files left"
}
run() {
	local status=0

	spool
	unpacked usr/bin/find "$work/new" -type f "$@" >>"$work/out" 2>/dev/null || status=$?
	state "exit $status"
}
version "$(unpacked usr/bin/find --version | head -n 1)"

# shellcheck disable=SC2016
append='cat "$@" 2>/dev/null; true'
expect 'each file, cat' 'exit 0, 3 users out, 0 files left' \
	"$(run -exec cat {} \; -delete)"
expect 'each file, a command that fails' 'exit 0, 0 users out, 3 files left' \
	"$(run -exec false {} \; -delete)"
expect 'many files, cat' 'exit 1, 0 users out, 0 files left' \
	"$(run -exec cat {} + -delete)"
expect 'many files, a command that fails' 'exit 1, 0 users out, 0 files left' \
	"$(run -exec false {} + -delete)"
expect 'many files, a command that minds no missing file' \
	'exit 0, 0 users out, 0 files left' \
	"$(run -exec sh -c "$append" sh {} + -delete)"
expect 'many files, a command that fails, rm in a second + behind it' \
	'exit 1, 0 users out, 0 files left' \
	"$(run -exec false {} + -exec rm {} +)"
verdict
