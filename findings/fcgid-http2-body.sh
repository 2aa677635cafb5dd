#!/bin/bash
# Apache's mod_fcgid behind HTTP/2: a body without content-length is lost.
#
# What surprises: over HTTP/2 a request may come without content-length; its body
#   ends with a flag of the last frame. The FastCGI program then gets CONTENT_LENGTH
#   with the right number, and not one byte of the body. The same request with
#   content-length, or over HTTP/1.1 as chunked, arrives whole.
# One would guess: a server that knows the length has the body. A program that
#   answers 200 to "nothing in it" has lost the users.
# Who meets it: who lets mod_fcgid start the receiver, has `Protocols h2`, and a
#   sender that streams.
# Versions: Apache 2.4.71, mod_fcgid 2.3.9 (Debian 12). mod_fcgid's manual tells of
#   limits to a body, not of how it comes; RFC 3875, 4.1.2, has the server give
#   CONTENT_LENGTH exactly when there is a body, and then the body.
# What to do: refuse a body that is shorter than CONTENT_LENGTH, as mixspool does
#   (the sender tries again), and serve this URL with `Protocols http/1.1`, or through
#   mod_proxy_fcgi with `proxy-sendcl`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl python3
debs apache2-bin=2.4.71-1~deb12u1 libapache2-mod-fcgid=1:2.3.9-4

printf '#!/bin/sh\nexec /usr/bin/env python3 %s/responder.py - %s/seen/log\n' \
	"$here" "$work" >"$work/program"
chmod +x "$work/program"
mkdir -p "$work/fcgid" "$work/seen"
chmod 777 "$work/fcgid" "$work/seen"
port=$(free_port)
start_apache "$port" alias http2 fcgid <<END
Protocols h2c http/1.1
FcgidIPCDir $work/fcgid
FcgidProcessTableFile $work/fcgid/table
ScriptAlias /hook $work/program
<Location /hook>
    SetHandler fcgid-script
    Options +ExecCGI
    Require all granted
</Location>
END
version "$(unpacked usr/sbin/apache2 -v | sed -n 's/^Server version: //p'), mod_fcgid 2.3.9"

head -c 284 /dev/zero | tr '\0' a >"$work/body"
post() {
	curl -sS --max-time 30 -X POST "$@" "http://127.0.0.1:$port/hook"
}
streamed() {
	post -H 'Content-Type: text/plain' -T - "$@" <"$work/body"
}

expect 'HTTP/2 with content-length' 'POST CONTENT_LENGTH=284 body=284 ended' \
	"$(post --http2-prior-knowledge --data-binary "@$work/body")"
expect 'HTTP/1.1 chunked' 'POST CONTENT_LENGTH=284 body=284 ended' \
	"$(streamed --http1.1)"
for _ in 1 2 3; do
	expect 'HTTP/2 without content-length' 'POST CONTENT_LENGTH=284 body=0 ended' \
		"$(streamed --http2-prior-knowledge)"
done
verdict
