#!/bin/bash
# rsyslog's imfile: a line over 8,096 bytes becomes two messages.
#
# What surprises: imfile reads a line of any length, and hands it on in pieces of
#   maxMessageSize, 8 KB by default. Each piece is a message of its own; neither is JSON.
#   A warning goes to rsyslog's own log, and the file counts as read.
# One would guess: a line is a message, or the line is refused.
# Who meets it: an operator who lets rsyslog carry the users of a webhook on: those with
#   large profiles arrive torn.
# Versions: rsyslog 8.2302.0 (Debian 12).
# What to do: global(maxMessageSize="4m"), above the longest line.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs rsyslog=8.2302.0-1+deb12u2

plugins=$(echo "$work"/root/usr/lib/*-linux-gnu/rsyslog)
attempt() {
	rm -rf "$work/new" "$work/state" "$work/out"
	mkdir "$work/new" "$work/state"
	cat >"$work/rsyslog.conf" <<END
global(workDirectory="$work/state" $1)
module(load="imfile" mode="inotify")
template(name="line" type="string" string="%msg%\n")
input(type="imfile" file="$work/new/*.jsonl" tag="users" addMetadata="off")
action(type="omfile" file="$work/out" template="line")
END
	python3 -c 'for size in 8000, 20000, 100:
	print("{\"id\":\"%s\"}" % ("a" * (size - 9)))
print("{\"id\":\"last\"}")' >"$work/new/a.jsonl"
	start rsyslog "$work/root/usr/sbin/rsyslogd" -n -i "$work/pid" -M "$plugins" \
		-f "$work/rsyslog.conf"
	until_true 30 grep -q '"last"' "$work/out"
	kill "${pids[-1]}"
	wait "${pids[-1]}" || true
	unset 'pids[-1]'
	grep '"id"\|^a' "$work/out" | grep -c '^{"id":"[a-z]*"}$'
}
version "$(unpacked usr/sbin/rsyslogd -v | sed -n '1s/  *(.*//p')"
expect 'whole lines of 4' 3 "$(attempt '')"
expect 'with maxMessageSize="4m"' 4 "$(attempt 'maxMessageSize="4m"')"
verdict
