#!/bin/bash
# rsyslog's imfile: a new file with the inode of a removed one is read from the middle.
#
# What surprises: imfile remembers how far it has read in a file by the file's inode,
#   and, for files under 512 bytes, by nothing else. When rsyslog is stopped, a file
#   that it has read is removed, and a new one gets the inode, then the start of the new
#   one is skipped: as many bytes as the old one had. ext4 gives a free inode away
#   at once. The name of the old file stands in the state, and is not compared.
# One would guess: another name is another file.
# Who meets it: who lets rsyslog read a spool's `new/` and another job remove the
#   files: users are missing behind each restart, without a message.
# Versions: rsyslog 8.2302.0 (Debian 12). Its manual has deleteStateOnFileDelete for a
#   new file of the same name, which helps while rsyslog runs; of a file that goes while
#   it does not, and of another name, it says nothing.
# What to do: let one program read and remove: `drain` with a command that hands on, and
#   whose exit status says whether it could. Not two programs in one folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs rsyslog=8.2302.0-1+deb12u2

mkdir "$work/new" "$work/state"
plugins=$(echo "$work"/root/usr/lib/*-linux-gnu/rsyslog)
cat >"$work/rsyslog.conf" <<END
global(workDirectory="$work/state")
module(load="imfile" mode="inotify")
template(name="line" type="string" string="%msg%\n")
input(type="imfile" file="$work/new/*.jsonl" tag="users" addMetadata="off")
action(type="omfile" file="$work/out" template="line")
END
run() {
	start rsyslog "$work/root/usr/sbin/rsyslogd" -n -i "$work/pid" -M "$plugins" \
		-f "$work/rsyslog.conf"
}
end() {
	kill "${pids[-1]}"
	wait "${pids[-1]}" || true
	unset 'pids[-1]'
}
came() {
	grep -q "\"$1\"" "$work/out"
}
version "$(unpacked usr/sbin/rsyslogd -v | sed -n '1s/  *(.*//p')"

printf '{"id":"1"}\n{"id":"2"}\n' >"$work/new/a.jsonl"
inode=$(stat -c %i "$work/new/a.jsonl")
run
until_true 30 came 2
end
expect 'read of the first file' '{"id":"1"} {"id":"2"} ' "$(tr '\n' ' ' <"$work/out")"
expect 'state' "imfile-state:$inode" "$(ls "$work/state")"

rm "$work/new/a.jsonl"
for ((n = 1; n <= 2000; n++)); do
	: >"$work/new/$n"
	[ "$(stat -c %i "$work/new/$n")" != "$inode" ] || break
done
((n <= 2000)) || skip "the file system of $work does not use an inode again"
printf '{"id":"3"}\n{"id":"4"}\n{"id":"5"}\n' >"$work/new/$n"
mv "$work/new/$n" "$work/new/b.jsonl"
: >"$work/out"
run
until_true 30 came 5
end
expect 'read of the second file, which has 3, 4, and 5' '{"id":"5"} ' \
	"$(tr '\n' ' ' <"$work/out")"
verdict
