#!/bin/bash
# HAProxy as FastCGI client: HEAD is answered 502 when the program sends a body.
#
# What surprises: a FastCGI program that answers HEAD like GET, and leaves it to the
#   server to drop the body, has its 200 replaced by HAProxy's own 502. GET to the
#   same program is fine. HAProxy's log calls it PH: an invalid answer.
# One would guess: the body is dropped. RFC 3875, 4.3.2, asks the program to send
#   none, and the server to discard what is sent all the same; nginx does so here.
# Who meets it: who watches the webhook's URL with `curl -I`, a load balancer's or an
#   uptime service's HEAD: it reports a receiver as down that takes every POST.
# Versions: HAProxy 2.6.12 (Debian 12), nginx 1.22.1 beside it. HAProxy's manual does
#   not speak of HEAD in its part on FastCGI.
# What to do: send the header alone for HEAD, whatever the server; watch with GET
#   where the program cannot be changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl python3
debs haproxy=2.6.12-1+deb12u4 nginx=1.22.1-9+deb12u11

program=$(free_port)
haproxy=$(free_port)
nginx=$(free_port)
start program python3 "$here/responder.py" "$program" "$work/seen"
until_true 20 listens "$program"
start_haproxy "$haproxy" "$program"
start_nginx "$nginx" <<END
location / {
    fastcgi_param REQUEST_METHOD \$request_method;
    fastcgi_pass 127.0.0.1:$program;
}
END
version "$(unpacked usr/sbin/haproxy -v | head -n 1), $(unpacked usr/sbin/nginx -v 2>&1)"

code() {
	curl -sS -o /dev/null -w '%{http_code}' --max-time 30 "$@"
}
expect 'GET through HAProxy' 200 "$(code "http://127.0.0.1:$haproxy/hook")"
expect 'HEAD through nginx' 200 "$(code -I "http://127.0.0.1:$nginx/hook")"
expect 'HEAD through HAProxy' 502 "$(code -I "http://127.0.0.1:$haproxy/hook")"
expect 'the program was asked' 'GET HEAD HEAD ' \
	"$(cut -d ' ' -f 1 "$work/seen" | tr '\n' ' ')"
verdict
