#!/bin/bash
# syslog-ng: wildcard-file() reads 100 files, and leaves the others.
#
# What surprises: max-files() is 100. The files behind that are neither read nor waited for
#   until others go away; one line in syslog-ng's own log says so.
# One would guess: a wildcard means all files.
# Who meets it: an operator who lets it read a spool's `new/`: after an hour's outage there
#   are more batches than that, and the newer ones stay unread.
# Versions: syslog-ng 3.38.1 (Debian 12). Its manual has max-files().
# What to do: max-files(100000); or a program that reads and removes each file.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs syslog-ng-core=3.38.1-5+deb12u1

# The program's own libraries are not where the loader looks.
libraries=("$work"/root/usr/lib/syslog-ng "$work"/root/usr/lib/syslog-ng/*/)
attempt() {
	local n

	rm -rf "$work/new" "$work/state" "$work/out"
	mkdir "$work/new" "$work/state"
	for ((n = 0; n < 150; n++)); do
		echo "{\"id\":\"$n\"}" >"$work/new/$n.jsonl"
	done
	cat >"$work/syslog-ng.conf" <<END
@version: 3.38
source spool { wildcard-file(base-dir("$work/new") filename-pattern("*.jsonl")
	flags(no-parse) follow-freq(0.1) $1); };
destination out { file("$work/out" template("\$MSG\n")); };
log { source(spool); destination(out); };
END
	start syslog-ng env "LD_LIBRARY_PATH=${libraries[0]}:$(library_path)" \
		"$work/root/usr/sbin/syslog-ng" -F -f "$work/syslog-ng.conf" \
		-p "$work/pid" -R "$work/state/persist" -c "$work/state/control" \
		--module-path "${libraries[1]}" --no-caps
	until_true 30 enough "$2"
	# A line more in a file that it reads: by then it has looked at all others, too.
	n=$(sed -n '1s/[^0-9]//gp' "$work/out")
	echo '{"id":"more"}' >>"$work/new/$n.jsonl"
	until_true 30 grep -q more "$work/out"
	kill "${pids[-1]}"
	wait "${pids[-1]}" || true
	unset 'pids[-1]'
	grep -v more "$work/out" | sort -u | wc -l
}
enough() {
	(($(sort -u "$work/out" | wc -l) >= $1))
}
version 'syslog-ng 3.38.1-5+deb12u1'
expect 'files read of 150' 100 "$(attempt '' 100)"
expect 'with max-files(100000)' 150 "$(attempt 'max-files(100000)' 150)"
verdict
