#!/bin/bash
# sqlite3: `.import` passes over rows that a constraint refuses, also under -bail and
# inside a transaction, and exits 0.
#
# What surprises: a row that fails is a line on stderr, the rows behind it go in, the
#   commands behind `.import` run, COMMIT included, and the exit status is 0. `-bail`,
#   which is for "stop at the first error", and ends with 1 for a failing INSERT, does
#   not count here.
# One would guess: all or nothing in a transaction with -bail, and not 0.
# Who meets it: who loads batches with `drain -- sqlite3 -bail FILE ".import /dev/stdin
#   users"` into a table that has a CHECK, NOT NULL or UNIQUE: what did not fit is gone
#   with the batch.
# Versions: SQLite 3.40.1 (Debian 12). Its manual on the shell says of .import nothing on
#   rows that fail.
# What to do: import into a temporary table without constraints, count its rows, and
#   INSERT … SELECT from it, which does fail; mixspool's to-sqlite does so.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2

cat >"$work/users" <<'END'
{"id":"1"}
{"id":"2"}
{"id":"1"}
{"id":"4"}
END
lite() {
	unpacked usr/bin/sqlite3 -init /dev/null -batch -bail "$@"
}
version "SQLite $(unpacked usr/bin/sqlite3 --version | cut -d ' ' -f 1)"

db=$work/db
lite "$db" 'CREATE TABLE users (line TEXT UNIQUE)'
status=0
lite "$db" >"$work/out" 2>"$work/err" <<END || status=$?
BEGIN;
.mode ascii
.separator "\001" "\n"
.import $work/users users
COMMIT;
END
expect 'exit status of .import, one of four lines refused' 0 "$status"
expect 'said' 1 "$(grep -c 'UNIQUE constraint failed' "$work/err")"
expect 'committed' 3 "$(lite "$db" 'SELECT count(*) FROM users')"

status=0
lite "$db" >"$work/out" 2>"$work/err" <<'END' || status=$?
BEGIN;
INSERT INTO users VALUES ('{"id":"5"}');
INSERT INTO users VALUES ('{"id":"1"}');
COMMIT;
END
expect 'exit status of INSERT, one of two lines refused' 1 "$status"
expect 'in the table as before' 3 "$(lite "$db" 'SELECT count(*) FROM users')"
verdict
