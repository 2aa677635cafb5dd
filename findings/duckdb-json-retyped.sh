#!/bin/bash
# DuckDB's read_json: strings become UUIDs and times when all that are sampled look so,
# and come out otherwise than they went in.
#
# What surprises: a JSON string is a string, and read_json looks into it all the same. Ids
#   that all have the form of a UUID become UUIDs, and lose their capitals; times that all
#   have an offset become TIMESTAMP, in UTC and without it; an integer of 40 digits becomes
#   a DOUBLE. One other value among them, and all stay as they were: what an id is
#   called depends on who else is in the batch, and a join of two days finds nobody.
# One would guess: JSON says which values are strings, so nothing is left to find out.
# Who meets it: `SELECT … FROM read_json('new/*.jsonl')` over a spool, and
#   `"$distinct_id"` as key to a table that is not from DuckDB.
# Versions: DuckDB 1.5.6 (npm). Its manual says that read_json detects types,
#   and has options for the form of dates; not that the values change by it.
# What to do: give the types, `columns = {"$distinct_id": 'VARCHAR', "$properties":
#   'JSON'}`, or read_json_objects, which takes lines as they are.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
modules @duckdb/node-api@1.5.6-r.1

cat >"$work/read.mjs" <<'END'
import { DuckDBInstance } from '@duckdb/node-api';
const [, , columns, ...files] = process.argv;
const connection = await (await DuckDBInstance.create()).connect();
const list = files.map((f) => `'${f}'`).join(',');
const reader = await connection.runAndReadAll(
  `SELECT CAST("$distinct_id" AS VARCHAR), CAST("at" AS VARCHAR), CAST(n AS VARCHAR)
   FROM read_json([${list}]${columns}) LIMIT 1`);
console.log(reader.getRowsJson()[0].join(' '));
END
run() {
	node "$work/read.mjs" "$@"
}
digits=1234567890123456789012345678901234567890
cat >"$work/a.jsonl" <<END
{"\$distinct_id":"6F9619FF-8B86-4011-B42D-00C04FC964FF","at":"2026-05-01T10:00:00+02:00","n":$digits}
END
cat >"$work/b.jsonl" <<END
{"\$distinct_id":"user-2","at":"yesterday","n":1}
END
version "DuckDB 1.5.6 (@duckdb/node-api 1.5.6-r.1)"
expect 'a batch of such users alone' \
	'6f9619ff-8b86-4011-b42d-00c04fc964ff 2026-05-01 08:00:00 1.2345678901234568e+39' \
	"$(run '' "$work/a.jsonl")"
expect 'the same user beside another one' \
	'6F9619FF-8B86-4011-B42D-00C04FC964FF 2026-05-01T10:00:00+02:00 1.2345678901234568e+39' \
	"$(run '' "$work/a.jsonl" "$work/b.jsonl")"
expect 'with columns' \
	"6F9619FF-8B86-4011-B42D-00C04FC964FF 2026-05-01T10:00:00+02:00 $digits" \
	"$(run ", columns = {'\$distinct_id': 'VARCHAR', 'at': 'VARCHAR', 'n': 'JSON'}" \
		"$work/a.jsonl")"
verdict
