#!/bin/bash
# Miller: JSON in, JSON out, and a number is a string; a control character comes out raw.
#
# What surprises: `mlr --ijsonl --ojsonl cat`, which is to change nothing, puts quotes
#   around integers over 2^63 and numbers like 1e400, and so turns numbers into strings. An
#   escaped control character, \u0001, comes out as the byte 1, which JSON forbids: the
#   next tool refuses the line.
# One would guess: what is only passed on stays what it was, or a number that does not fit
#   is an error; and output of a JSON writer is JSON.
# Who meets it: who filters or sorts users with `drain -- sh -c 'mlr --ijsonl --ojsonl
#   … | …'`: 20-digit ids change their type on the way, and one stray character
#   stops the load behind it.
# Versions: Miller 6.6.0 (Debian 12). Its manual says that numbers which are not changed
#   keep their form, and has nothing on control characters in JSON.
# What to do: jq 1.7 or later for JSON lines; Miller for CSV. Test with such values.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs miller=6.6.0-2+b3

through() {
	printf '%s\n' "$1" | unpacked usr/bin/mlr --ijsonl --ojsonl cat
}
parses() {
	python3 -c 'import json, sys; json.loads(sys.stdin.read())' 2>/dev/null || {
		echo no
		return
	}
	echo yes
}
version "$(unpacked usr/bin/mlr --version)"
expect 'an integer of 19 digits' '{"id": 9223372036854775807}' \
	"$(through '{"id": 9223372036854775807}')"
expect 'one more' '{"id": "9223372036854775808"}' \
	"$(through '{"id": 9223372036854775808}')"
expect '1e400' '{"n": "1e400"}' "$(through '{"n": 1e400}')"
control='{"name": "a\u0001b"}'
expect 'an escaped control character parses before' yes "$(echo "$control" | parses)"
expect 'and behind it' no "$(through "$control" | parses)"
verdict
