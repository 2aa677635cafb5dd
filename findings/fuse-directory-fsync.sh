#!/bin/bash
# bindfs, mergerfs, unionfs-fuse: fsync of a directory returns 0, and nothing is synced.
#
# What surprises: fsync of a file reaches the file system below. fsync of a directory,
#   which makes a rename or a new name durable, succeeds as well, and the daemon does not
#   do a thing for it: it never gives the call on. The kernel takes "I have no such call"
#   for success. gocryptfs, beside them, does sync the directory below.
# One would guess: 0 from fsync means synced, or there is EINVAL or ENOSYS.
# Who meets it: who keeps a spool, a queue or a database that renames files into
#   place on such a mount, to map owners (bindfs) or join disks (mergerfs). After a power
#   loss, batches that were answered 200 may be back in `tmp/`, or nowhere.
# Versions: bindfs 1.14.7, mergerfs 2.33.5, unionfs-fuse 1.0, gocryptfs 2.3 (Debian 12);
#   looked at with strace. Their manuals do not speak of fsync of a directory.
# What to do: put the spool on the file system itself, and use `mount --bind`, groups or
#   ACLs in place of bindfs. Readers may use the mount.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need mountpoint
if [ "$(id -u)" != 0 ] || [ ! -w /dev/fuse ]; then
	skip 'mounting needs root and /dev/fuse'
fi
debs bindfs=1.14.7-1 mergerfs=2.33.5-1 unionfs-fuse=1.0-1+b1 gocryptfs=2.3-1+b4 \
	fuse3=3.14.0-4 libfuse3-3=3.14.0-4 strace=6.1-0.1 coreutils=9.1-1
PATH=$PATH:$work/root/bin:$work/root/usr/bin
version 'bindfs 1.14.7, mergerfs 2.33.5, unionfs-fuse 1.0, gocryptfs 2.3'

# Commits a file below a mount, as a spool does, and counts what the daemon synced:
# look NAME WANTED COMMAND...
look() {
	local name=$1 wanted=$2 mnt=$work/$1.mnt

	shift 2
	mkdir "$mnt"
	mounts+=("$mnt")
	start "$name" "$work/root/usr/bin/strace" -f -e trace=fsync,fdatasync,syncfs,sync \
		-o "$work/$name.trace" "$@" "$mnt"
	until_true 20 mountpoint -q "$mnt"
	mkdir "$mnt/tmp" "$mnt/new"
	echo '{}' >"$mnt/tmp/batch"
	# sync is one fsync of what it names, and fails if that does.
	unpacked bin/sync "$mnt/tmp/batch"
	mv "$mnt/tmp/batch" "$mnt/new/batch"
	unpacked bin/sync "$mnt/new"
	umount "$mnt"
	wait "${pids[-1]}" || true
	unset 'pids[-1]' 'mounts[-1]'
	expect "$name: 2 calls above, below" "$wanted" \
		"$(grep -c 'sync.*= 0$' "$work/$name.trace" || true)"
}
mkdir "$work/bindfs" "$work/mergerfs" "$work/unionfs" "$work/gocryptfs"
bin=$work/root/usr/bin
look bindfs 1 "$bin/bindfs" -f "$work/bindfs"
look mergerfs 1 "$bin/mergerfs" -f "$work/mergerfs"
look unionfs-fuse 1 "$bin/unionfs-fuse" -f "$work/unionfs=RW"
echo test >"$work/password"
unpacked usr/bin/gocryptfs -q -init -passfile "$work/password" "$work/gocryptfs"
look gocryptfs 2 "$bin/gocryptfs" -fg -q -passfile "$work/password" "$work/gocryptfs"
verdict
