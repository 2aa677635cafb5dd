#!/bin/bash
# SQLite 3.40: a JSON path does not find a member whose name is written with \u.
#
# What surprises: {"pr\u00e9nom":"Ada"} and {"prénom":"Ada"} are the same JSON, and
#   json_each gives the same key for both; `->> '$.prénom'` and json_extract give NULL for
#   the first. The path is compared with the name as it is written, not as it is read.
# One would guess: a function of JSON sees names and no spellings of them.
# Who meets it: who loads users into SQLite and selects by a property whose name is not
#   ASCII. Python's json and PHP's json_encode write such names with \u unless told
#   otherwise: the criterion misses every user, without an error.
# Versions: SQLite 3.40.1 (Debian 12). Its manual on JSON paths does not speak of escapes.
# What to do: select by json_each's key, or write the lines anew first (`jq -c .` puts
#   names in UTF-8), or use a newer SQLite after a try.
# shellcheck disable=SC2016 # the dollar sign is of the path
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2

lite() {
	unpacked usr/bin/sqlite3 -init /dev/null -batch -bail -nullvalue NULL "$work/db" "$@"
}
version "SQLite $(unpacked usr/bin/sqlite3 --version | cut -d ' ' -f 1)"
lite 'CREATE TABLE users (id TEXT, profile TEXT)' \
	"INSERT INTO users VALUES ('plain', '{\"prénom\":\"Ada\"}'),
		('escaped', '{\"pr\\u00e9nom\":\"Ada\"}')"

expect 'json_each' 'plain prénom Ada; escaped prénom Ada; ' \
	"$(lite "SELECT users.id || ' ' || key || ' ' || value || '; '
		FROM users, json_each(profile)" | tr -d '\n')"
expect '->>' 'plain Ada; escaped NULL; ' \
	"$(lite "SELECT id || ' ' || coalesce(profile ->> '\$.prénom', 'NULL') || '; '
		FROM users" | tr -d '\n')"
expect 'json_extract' 'plain Ada; escaped NULL; ' \
	"$(lite "SELECT id || ' ' || coalesce(json_extract(profile, '\$.\"prénom\"'), 'NULL')
		|| '; ' FROM users" | tr -d '\n')"
verdict
