#!/bin/bash
# lsyncd: each start sends all files again that the other side has used up.
#
# What surprises: lsyncd mirrors: at its start it runs rsync over the whole folder. Files
#   that the other side has read and removed are missing there, and so they come again.
#   lsyncd itself never removes what it has sent.
# One would guess: it sends what is new.
# Who meets it: an operator who lets lsyncd carry a spool's `new/` to the machine that
#   imports: each restart imports every user again, and the spool only grows.
# Versions: lsyncd 2.2.3 (Debian 12).
# What to do: `rsync --remove-source-files` in a loop, which removes what has arrived.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need rsync
debs lsyncd=2.2.3-1+b1

mkdir "$work/new" "$work/there"
for n in 1 2 3; do
	echo "{\"id\":\"$n\"}" >"$work/new/$n.jsonl"
done
cat >"$work/lsyncd.conf" <<END
settings { nodaemon = true, logfile = "$work/lsyncd.txt", pidfile = "$work/lsyncd.pid" }
sync { default.rsync, source = "$work/new", target = "$work/there", delay = 0, delete = false }
END
came() {
	[ "$(find "$work/there" -name '*.jsonl' | wc -l)" -eq "$1" ]
}
used=0
round() {
	start lsyncd "$work/root/usr/bin/lsyncd" "$work/lsyncd.conf"
	until_true 30 came "$1"
	kill "${pids[-1]}"
	wait "${pids[-1]}" 2>/dev/null || true
	unset 'pids[-1]'
	used=$((used + $(cat "$work"/there/*.jsonl | wc -l)))
	rm "$work"/there/*.jsonl # the import
}
version 'lsyncd 2.2.3-1+b1'
round 3
round 3
expect 'users imported, of 3, after two starts' 6 "$used"
expect 'files left' 3 "$(find "$work/new" -type f | wc -l)"
verdict
