#!/bin/bash
# Mixpanel's names begin with a dollar sign, which JSONata and Miller take as their own:
# a filter on $distinct_id finds nobody, or lets everybody through, without an error.
#
# What surprises: in JSONata `$distinct_id` is a variable, and one that is not set has no
#   value. In Miller `$distinct_id` is the field distinct_id, which is absent; what is
#   compared with it is not true, and the status is 0. So `mlr filter -x`, "all but
#   these", lets all through. jq, SQLite's ->> and DuckDB's refuse the same name.
# One would guess: the member that is called so, or an error.
# Who meets it: who chooses among users in a flow (Node-RED and others have JSONata) or
#   leaves out the unsubscribed with `mlr filter -x`: they are written to all the same.
# Versions: JSONata 2.2.2 (npm), Miller 6.6.0, jq 1.6, SQLite 3.40.1 (Debian 12). The
#   manuals explain their dollar sign, and that absent values are no errors.
# What to do: quote the name: `$distinct_id` within backquotes in JSONata,
#   '${$distinct_id}' in Miller, ."$distinct_id" in jq, '$."$distinct_id"' in SQLite.
#   Try each criterion with one user that meets it and one that does not.
# shellcheck disable=SC2016 # the dollar signs are what this is about
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
modules jsonata@2.2.2
debs miller=6.6.0-2+b3 jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3 \
	sqlite3=3.40.1-2+deb12u2 libsqlite3-0=3.40.1-2+deb12u2

cat >"$work/users.jsonl" <<'END'
{"$distinct_id":"a","$properties":{"$city":"Oslo"}}
{"$distinct_id":"b","$properties":{"$city":"Rome"}}
END
cat >"$work/ask.js" <<'END'
const jsonata = require('jsonata');
(async () => {
  const users = require('node:fs').readFileSync(process.argv[2], 'utf8')
    .trim().split('\n').map((line) => JSON.parse(line));
  const value = await jsonata(process.argv[3]).evaluate(users);
  console.log(value === undefined ? 'nothing' : JSON.stringify(value));
})().catch((error) => console.log(`error: ${error.message}`));
END
jsonata() {
	node "$work/ask.js" "$work/users.jsonl" "$1"
}
miller() {
	local status=0

	unpacked usr/bin/mlr --ijsonl --ojsonl "$@" "$work/users.jsonl" >"$work/out" ||
		status=$?
	echo "exit $status, $(wc -l <"$work/out") of 2 users"
}
version "JSONata 2.2.2, $(unpacked usr/bin/mlr --version)," \
	"$(unpacked usr/bin/jq --version), SQLite $(unpacked usr/bin/sqlite3 --version | cut -d ' ' -f 1)"

expect 'JSONata, $[$distinct_id = "a"]' nothing "$(jsonata '$[$distinct_id = "a"]')"
expect 'JSONata, $[$distinct_id != "a"]' nothing "$(jsonata '$[$distinct_id != "a"]')"
expect 'JSONata, quoted' '"Oslo"' \
	"$(jsonata '$[`$distinct_id` = "a"].`$properties`.`$city`')"
expect 'Miller, filter' 'exit 0, 0 of 2 users' "$(miller filter '$distinct_id == "a"')"
expect 'Miller, filter -x' 'exit 0, 2 of 2 users' "$(miller filter -x '$distinct_id == "a"')"
expect 'Miller, quoted' 'exit 0, 1 of 2 users' "$(miller filter '${$distinct_id} == "a"')"

status=0
unpacked usr/bin/jq 'select(.$distinct_id == "a")' "$work/users.jsonl" >"$work/out" \
	2>&1 || status=$?
expect 'jq, exit status' 3 "$status"
status=0
unpacked usr/bin/sqlite3 -init /dev/null -batch :memory: \
	"SELECT '{\"\$distinct_id\":\"a\"}' ->> '\$distinct_id'" >"$work/out" 2>&1 || status=$?
expect 'SQLite, exit status' 1 "$status"
verdict
