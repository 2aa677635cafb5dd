#!/bin/bash
# inotifywait -e close_write: a file that is renamed into the folder is no event.
#
# What surprises: a careful writer writes a file under another name and renames it into
#   place, so that no reader sees half of it. A reader that waits for close_write does not
#   notice: nothing is written or closed in its folder. The event is moved_to. Neither
#   event comes for files that were there before the watch.
# One would guess: close_write means "a file is complete", as most examples say.
# Who meets it: a script that watches a spool's `new/`: with close_write no batch is ever
#   read, and with moved_to those stay that came before the start.
# Versions: inotify-tools 3.22.6.0 (Debian 12); incron takes the same events.
# What to do: watch moved_to, and list the folder once the watch is there, each time.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs inotify-tools=3.22.6.0-4

mkdir "$work/tmp" "$work/new"
deliver() {
	echo '{"id":"1"}' >"$work/tmp/$1"
	mv "$work/tmp/$1" "$work/new/$1"
}
watch() {
	start "$1" "$work/root/usr/bin/inotifywait" -m -e "$1" --format %f "$work/new"
	until_true 20 grep -q 'Watches established' "$work/$1.log"
}
seen() {
	grep -vE '^(Setting up|Watches)' "$work/$1.log" | tr '\n' ' '
}
version 'inotify-tools 3.22.6.0-4'
deliver before.jsonl
watch close_write
watch moved_to
deliver 1.jsonl
deliver 2.jsonl
: >"$work/new/last" # a write, which shows that both are still watching
mv "$work/new/last" "$work/tmp/"
mv "$work/tmp/last" "$work/new/end"
until_true 20 grep -q '^end' "$work/moved_to.log"
until_true 20 grep -q '^last' "$work/close_write.log"
expect 'close_write' 'last ' "$(seen close_write)"
expect 'moved_to' '1.jsonl 2.jsonl end ' "$(seen moved_to)"
verdict
