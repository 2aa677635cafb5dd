#!/bin/sh
# mixspool behind @SERVER@, at https://@HOST@@PATH@: printed by
#     @CALL@
# Read it, and then run it as root:
#     @CALL@ | sudo sh
# It may run again. A file that is there already stays; only the paths of the
# certificate in it follow what step 3 finds.

setup() {
set -eu
umask 022
host=@HOST@ certificate='' signed_by=''
web_user=@WEB_USER@
web_user=${web_user:-www-data}
PATH=@PREFIX@/sbin:@PREFIX@/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

say() { printf 'setup: %s\n' "$*"; }

fail() {
	say "$*" >&2
	exit 1
}

# keep FILE: it is there already.
keep() {
	say "$1 is there already, and stays"
	grep -qF "$host" "$1" || say "it does not name $host:" \
		'change it by hand, or move it away and run this again'
}

# write FILE: standard input becomes FILE. Fails when FILE is the same already.
write() {
	mkdir -p "${1%/*}"
	cat >"$1.new"
	if cmp -s "$1.new" "$1"; then
		rm "$1.new"
		return 1
	fi
	mv "$1.new" "$1"
}

