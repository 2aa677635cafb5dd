#!/bin/bash
# ext4 without a journal: a new file is slow for minutes after many were removed.
#
# What surprises: after 15,000 files are removed, each new one takes some eight times as
#   long as before, in any folder. Without a journal ext4 gives no inode out again that
#   was freed in the last minute or more (so that fsck does not mix up an old and a new
#   file), and each creation searches the inode table past all of them, on one core.
#   With a journal it makes no difference.
# One would guess: without a journal creation is quicker, and what was removed costs
#   nothing.
# Who meets it: queues with a file a message (maildirs, spools, job folders), where a
#   consumer removes what a producer makes, on the ext4 without a journal of some cloud
#   images, flash cards and build machines.
# Versions: Linux 6.1.176 (Debian 12's user-mode-linux, as a process, without root), with
#   ext4 made by e2fsprogs 1.47.0. The manuals of mke2fs and ext4(5) do not say it.
# What to do: tune2fs -O has_journal (unmounted). Or fewer, larger files.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3 timeout
debs user-mode-linux=6.1um4+b13 e2fsprogs=1.47.0-2+b2

cat >"$work/count.py" <<'END'
import os, sys, time

def make(folder, count):
    os.mkdir(folder)
    start = time.monotonic()
    for i in range(count):
        os.close(os.open(f"{folder}/{i}", os.O_CREAT | os.O_WRONLY))
    return (time.monotonic() - start) / count

for name, base in ("without", "/mnt/without"), ("with", "/mnt/with"):
    fresh = make(base + "/before", 2000)
    make(base + "/removed", 15000)
    for i in range(15000):
        os.unlink(f"{base}/removed/{i}")
    after = make(base + "/after", 2000)
    print(f"{name}: {fresh * 1e6:.0f} us a file, {after * 1e6:.0f} us after the removal",
          "slow" if after > 3 * fresh else "alike")
END
cat >"$work/init" <<END
#!/bin/sh
mount -t proc none /proc
mount -t tmpfs none /mnt
mkdir /mnt/without /mnt/with
mount -t ext4 /dev/ubda /mnt/without
mount -t ext4 /dev/ubdb /mnt/with
echo "kernel \$(uname -r)"
python3 $work/count.py
echo o >/proc/sysrq-trigger
sleep 60
END
chmod +x "$work/init"

mkfs=$work/root/sbin/mkfs.ext4
[ -x "$mkfs" ] || mkfs=$work/root/usr/sbin/mkfs.ext4
truncate -s 512M "$work/without" "$work/with"
LD_LIBRARY_PATH=$(library_path) "$mkfs" -q -O ^has_journal "$work/without"
LD_LIBRARY_PATH=$(library_path) "$mkfs" -q "$work/with"

timeout 300 "$work/root/usr/bin/linux.uml" mem=512M root=/dev/root rootfstype=hostfs \
	rootflags=/ rw ubd0="$work/without" ubd1="$work/with" init="$work/init" \
	con=null con0=fd:0,fd:1 quiet </dev/null >"$work/uml.log" 2>&1 || true
grep -q '^with:' "$work/uml.log" || skip "a kernel cannot run as a process here"

version "Linux $(sed -n 's/^kernel \([^ \r]*\).*/\1/p' "$work/uml.log") as user-mode-linux"
tr -d '\r' <"$work/uml.log" | grep -E '^with(out)?: '
seen() { tr -d '\r' <"$work/uml.log" | sed -n "s/^$1: .* //p"; }
expect 'without a journal, after a removal' slow "$(seen without)"
expect 'with a journal, after a removal' alike "$(seen with)"
verdict
