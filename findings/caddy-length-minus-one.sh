#!/bin/bash
# Caddy's FastCGI: a body without Content-Length is announced as CONTENT_LENGTH=-1.
#
# What surprises: for a chunked POST, and for one over HTTP/2 without content-length,
#   the program gets the text -1, and the whole body behind it.
# One would guess: no CONTENT_LENGTH, or the counted length. RFC 3875, 4.1.2, allows
#   digits or nothing. What a program makes of -1 differs: one reads it as 2^64-1, one as
#   "nothing to read" and answers 200 to no users, one refuses for ever what the
#   sender will never send otherwise.
# Who meets it: who has Caddy's php_fastcgi or `transport fastcgi` before the
#   receiver, and a sender, or a proxy on the way, that streams.
# Versions: Caddy 2.6.2 (Debian 12). Its manual on FastCGI does not speak of bodies whose
#   length is not known; `buffer_requests` does not change the number.
# What to do: in a FastCGI program, take a length that is no number as unknown and
#   read up to the end of the stream, which is reliable, with a limit of one's own. Or
#   let Caddy refuse such requests, as in the second site below.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl python3
debs caddy=2.6.2-5

program=$(free_port)
caddy=$(free_port)
refusing=$(free_port)
start program python3 "$here/responder.py" "$program" "$work/seen" \
	HTTP_TRANSFER_ENCODING
cat >"$work/Caddyfile" <<END
{
    admin off
    auto_https off
    servers {
        protocols h1 h2c
    }
}
http://127.0.0.1:$caddy {
    reverse_proxy 127.0.0.1:$program {
        buffer_requests
        max_buffer_size 1MB
        transport fastcgi
    }
}
http://127.0.0.1:$refusing {
    @unknown {
        method POST
        not header Content-Length *
    }
    respond @unknown 411
    reverse_proxy 127.0.0.1:$program {
        transport fastcgi
    }
}
END
start caddy env HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work" \
	"$work/root/usr/bin/caddy" run --adapter caddyfile --config "$work/Caddyfile"
until_true 20 listens "$program"
until_true 20 listens "$caddy"
until_true 20 listens "$refusing"
version "Caddy $(unpacked usr/bin/caddy version)"

head -c 284 /dev/zero | tr '\0' a >"$work/body"
post() {
	curl -sS --max-time 30 -X POST "$@" "http://127.0.0.1:$caddy/hook"
}
streamed() {
	post -H 'Content-Type: text/plain' -T - "$@" <"$work/body"
}
expect 'with Content-Length' \
	'POST CONTENT_LENGTH=284 body=284 ended HTTP_TRANSFER_ENCODING=-' \
	"$(post --data-binary "@$work/body")"
expect 'chunked' \
	'POST CONTENT_LENGTH=-1 body=284 ended HTTP_TRANSFER_ENCODING=-' \
	"$(streamed --http1.1)"
expect 'HTTP/2 without content-length' \
	'POST CONTENT_LENGTH=-1 body=284 ended HTTP_TRANSFER_ENCODING=-' \
	"$(streamed --http2-prior-knowledge)"

caddy=$refusing
expect 'refused, with Content-Length' 200 \
	"$(post --data-binary "@$work/body" -o /dev/null -w '%{http_code}')"
expect 'refused, chunked' 411 \
	"$(streamed --http1.1 -o /dev/null -w '%{http_code}')"
expect 'refused, HTTP/2 with content-length' 200 \
	"$(post --http2-prior-knowledge --data-binary "@$work/body" \
		-o /dev/null -w '%{http_code}')"
# Over HTTP/2 the client may see the 411 or the reset of its stream behind it.
streamed --http2-prior-knowledge -o /dev/null 2>/dev/null || true
expect 'times that the program got -1 altogether' 2 \
	"$(grep -c CONTENT_LENGTH=-1 "$work/seen")"
verdict
