#!/bin/bash
# runit: `sv down`, and then `sv up`, just after a service crashed: it stays down.
#
# What surprises: `sv down` says "ok: down", and `sv up` waits in vain and fails. A
#   service that ends within its first second is started again a second later, and runsv
#   reads no command in between. `sv down` sees that nothing runs, and does not wait for
#   its command to be read. `sv up` sees that "up" is what is still wanted, and sends
#   nothing. Then runsv reads the "down".
# One would guess: of two commands one after the other, the second counts.
# Who meets it: who restarts a service that fails at its start, or a script that does.
# Versions: runit 2.1.2 (Debian 12). sv(8) says that down stops the service, and
#   up starts it.
# What to do: `sv up` once more: now "down" is wanted, so the command is sent. Or
#   `sv restart` in place of the two.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
debs runit=2.1.2-54

mkdir "$work/service"
printf '#!/bin/sh\nexec sleep 1000\n' >"$work/service/run"
chmod 755 "$work/service/run"
start runsv "$work/root/usr/bin/runsv" "$work/service"
sv() {
	unpacked usr/bin/sv -w 4 "$@" "$work/service" 2>&1 | sed 's/: .*service:.*//' || true
}
is_up() {
	[ "$(sv status)" = run ]
}
pid() {
	cat "$work/service/supervise/pid"
}
gone() {
	[ ! -s "$work/service/supervise/pid" ]
}
version "runit 2.1.2-54"

until_true 10 is_up
kill -KILL "$(pid)"
until_true 10 gone
expect 'down, in the second behind a crash' ok "$(sv down)"
expect '... up' timeout "$(sv up)"
expect '... the service' down "$(sv status)"
expect 'up once more' ok "$(sv up)"
expect '... the service' run "$(sv status)"
sleep 1.1
kill -KILL "$(pid)"
until_true 10 is_up
expect 'a service that has run for longer: down' ok "$(sv down)"
expect '... up' ok "$(sv up)"
unpacked usr/bin/sv exit "$work/service" >/dev/null
verdict
