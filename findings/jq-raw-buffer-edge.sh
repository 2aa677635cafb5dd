#!/bin/bash
# jq -R: in a long line, a character at the edge of jq's buffer becomes U+FFFD.
#
# What surprises: `jq -R` reads its input in pieces of some kilobytes, and looks at the
#   bytes of each piece alone. A character of several bytes that lies across two pieces
#   becomes replacement characters. The input is valid UTF-8, jq says nothing and exits 0.
#   Without -R the same bytes are read right.
# One would guess: a raw line comes out as it went in.
# Who meets it: who takes users apart as raw lines to keep those that fail, as in
#   `jq -R 'fromjson? // …'` or `jq -rR`, with names outside of ASCII in a user of more
#   than 4 KB. Each such user may lose letters, at places that depend on what stood before.
# Versions: jq 1.6 (Debian 12). jq's manual says that -R makes each line a string.
# What to do: read JSON as JSON, without -R; for raw lines a tool that works on bytes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3

# 40,000 characters of two bytes behind 1 byte: one of them is at each even edge.
python3 -c 'print("\"" + "\u00e9" * 40000 + "\"")' >"$work/line"
replaced() {
	grep -o $'\xef\xbf\xbd' "$1" | wc -l
}
version "$(unpacked usr/bin/jq --version)"
expect 'exit status of iconv, which takes valid UTF-8 alone' 0 \
	"$(status=0; iconv -f UTF-8 -t UTF-8 "$work/line" >/dev/null || status=$?; echo "$status")"

unpacked usr/bin/jq . "$work/line" >"$work/json"
expect 'as JSON, characters replaced' 0 "$(replaced "$work/json")"

status=0
unpacked usr/bin/jq -rR . "$work/line" >"$work/raw" || status=$?
expect 'raw, exit status' 0 "$status"
expect 'raw, U+FFFD in the output' 18 "$(replaced "$work/raw")"
expect 'raw, equal to the input' no \
	"$(if cmp -s "$work/line" "$work/raw"; then echo yes; else echo no; fi)"
verdict
