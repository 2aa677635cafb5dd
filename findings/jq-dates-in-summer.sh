#!/bin/bash
# jq 1.6: fromdate of a time in UTC is an hour off in summer, when TZ has one.
#
# What surprises: "2026-07-01T00:00:00Z" has its zone with it, and `fromdate`, which takes
#   UTC only, gives another number under a TZ with daylight saving, for dates in
#   it. In winter, and with TZ=UTC, the number is right.
# One would guess: a text with Z and a number since 1970 have nothing to do with TZ.
# Who meets it: who selects users by a time among their properties, on a machine in
#   local time: at the edge of the period the wrong ones are taken, half of the year.
# Versions: jq 1.6 (Debian 12). Its manual says that fromdate and mktime work on UTC.
# What to do: TZ=UTC before jq, or jq 1.7 or later, or compare the texts, which sort as
#   the times do when all end in Z.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
debs jq=1.6-2.1+deb12u3 libjq1=1.6-2.1+deb12u3

seconds() {
    echo "\"$2\"" | TZ=$1 unpacked usr/bin/jq fromdate
}
version "$(unpacked usr/bin/jq --version)"
zone=PST8PDT,M3.2.0,M11.1.0
for day in 2026-01-01 2026-07-01; do
    right=$(date -u -d "$day" +%s)
    expect "$day, UTC, seconds off" 0 $(($(seconds UTC0 "${day}T00:00:00Z") - right))
done
expect "2026-01-01, $zone, seconds off" 0 \
    $(($(seconds "$zone" 2026-01-01T00:00:00Z) - $(date -u -d 2026-01-01 +%s)))
expect "2026-07-01, $zone, seconds off" 3600 \
    $(($(seconds "$zone" 2026-07-01T00:00:00Z) - $(date -u -d 2026-07-01 +%s)))
verdict
