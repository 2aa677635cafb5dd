#!/bin/bash
# beanstalkd: without -b, jobs that were INSERTED are gone after a restart.
#
# What surprises: the daemon answers INSERTED, and has the job in memory alone. It begins
#   empty after each restart, also after a clean stop. With -b DIR it writes a log, which
#   it syncs every 50 ms by default, and before each answer with -f 0.
# One would guess: a work queue outlives a restart of its daemon.
# Who meets it: a consumer that puts each user of a spool into a tube, and then removes
#   the file. Debian's package starts beanstalkd without -b.
# Versions: beanstalkd 1.12 (Debian 12). beanstalkd(1) has -b as an option.
# What to do: `-b DIR -f 0`, which syncs before it answers, and -z for large jobs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs beanstalkd=1.12-2+b1

port=$(free_port)
cat >"$work/client.py" <<'END'
import socket
import sys

stream = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rwb")
if sys.argv[2] == "put":
    inserted = 0
    for number in range(500):
        job = b'{"id":"%d"}' % number
        stream.write(b"put 1 0 60 %d\r\n%s\r\n" % (len(job), job))
        stream.flush()
        inserted += stream.readline().startswith(b"INSERTED")
    print(inserted)
else:
    stream.write(b"stats\r\n")
    stream.flush()
    size = int(stream.readline().split()[1])
    for line in stream.read(size).splitlines():
        if line.startswith(b"current-jobs-ready:"):
            print(int(line.split()[1]))
END
begin() {
	start beanstalkd "$work/root/usr/bin/beanstalkd" -l 127.0.0.1 -p "$port" "$@"
	until_true 20 listens "$port"
}
end() {
	kill "-$1" "${pids[-1]}"
	wait "${pids[-1]}" 2>/dev/null || true
	unset 'pids[-1]'
}
attempt() {
	local signal=$1 inserted left

	shift
	begin "$@"
	inserted=$(python3 "$work/client.py" "$port" put)
	end "$signal"
	begin "$@"
	left=$(python3 "$work/client.py" "$port" count)
	end TERM
	echo "$inserted inserted, $left left"
}
version 'beanstalkd 1.12-2+b1'
expect 'stopped' '500 inserted, 0 left' "$(attempt TERM)"
mkdir "$work/log"
expect 'with -b and -f 0, killed' '500 inserted, 500 left' "$(attempt KILL -b "$work/log" -f 0)"
verdict
