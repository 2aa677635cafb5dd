#!/bin/bash
# gearman: no job server can be reached, all of the input is read, and the exit status
# is 0.
#
# What surprises: the command-line client says on stderr, for each line, that it could
#   not connect, and goes on. In the end, with not one job handed over, it exits 0; with
#   and without -b and -n.
# One would guess: a client that could not connect ends with an error. `gearadmin` of
#   the same package does.
# Who meets it: `drain SPOOL -- gearman -b -N -f users`: the job server restarts, and all
#   batches that come meanwhile are read, taken for delivered, and removed.
# Versions: gearman-tools 1.1.20 (Debian 12). Its manual has nothing on exit status.
# What to do: ask the server first and hand over only then, `sh -c 'gearadmin -h HOST
#   --status >/dev/null && exec gearman …'`, which leaves the time between both; or let
#   a worker's library hand over, which returns the error.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs gearman-tools=1.1.20+ds-1 libgearman8=1.1.20+ds-1

port=$(free_port) # nobody listens there
printf '{"id":"%d"}\n' 1 2 3 >"$work/users"
attempt() {
	local status=0

	{
		unpacked usr/bin/gearman -h 127.0.0.1 -p "$port" -f users "$@" \
			2>"$work/err" || status=$?
		cat >"$work/left"
	} <"$work/users"
	echo "exit $status, $(grep -c COULD_NOT_CONNECT "$work/err") times not connected," \
		"$(wc -l <"$work/left") lines left"
}
version "gearman-tools 1.1.20+ds-1"
expect 'a job a line, in the background' 'exit 0, 3 times not connected, 0 lines left' \
	"$(attempt -b -N)"
expect 'a job for all' 'exit 0, 1 times not connected, 0 lines left' "$(attempt)"
status=0
unpacked usr/bin/gearadmin -h 127.0.0.1 -p "$port" --status >/dev/null 2>&1 || status=$?
expect 'exit status of gearadmin' 1 "$status"
verdict
