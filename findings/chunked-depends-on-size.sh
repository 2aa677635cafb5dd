#!/bin/bash
# Chunked to FastCGI: a small body has CONTENT_LENGTH, a large one has none or is
# refused, at the server's own buffer.
#
# What surprises: the same request without Content-Length reaches the program in two
#   forms. Behind Apache's mod_proxy_fcgi a body of 1,000 bytes has its length and one
#   of 48,000 has no CONTENT_LENGTH at all; behind nginx without request buffering it is
#   the empty text; HAProxy refuses the large one with its own 400.
# One would guess: a length that is always there, or never. What is tried with a short
#   body and works loses the first large one, where "no length" is taken for "no body".
# Who meets it: who has one of the three before the receiver, and a sender or proxy
#   that streams: the first campaign with more than some dozens of users.
# Versions: Apache 2.4.71, nginx 1.22.1, HAProxy 2.6.12 (Debian 12). Apache's manual
#   describes `proxy-sendcl` where it speaks of HTTP behind the proxy; HAProxy's
#   describes its buffer, not what follows from it for FastCGI.
# What to do: Apache: `SetEnv proxy-sendcl 1`. nginx: keep fastcgi_request_buffering on.
#   HAProxy: let the sender give a length. A program should read to the end of
#   the stream where no number is given, and never take that for "no body".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl python3
debs apache2-bin=2.4.71-1~deb12u1 haproxy=2.6.12-1+deb12u4 nginx=1.22.1-9+deb12u11

program=$(free_port)
apache=$(free_port)
haproxy=$(free_port)
nginx=$(free_port)
start program python3 "$here/responder.py" "$program" "$work/seen"
until_true 20 listens "$program"
start_apache "$apache" env proxy proxy_fcgi <<END
ProxyPass / fcgi://127.0.0.1:$program/
<Location /counted>
    SetEnv proxy-sendcl 1
</Location>
END
start_haproxy "$haproxy" "$program"
start_nginx "$nginx" <<END
fastcgi_param REQUEST_METHOD \$request_method;
fastcgi_param CONTENT_LENGTH \$content_length;
location / {
    fastcgi_request_buffering off;
    fastcgi_pass 127.0.0.1:$program;
}
location /counted {
    fastcgi_pass 127.0.0.1:$program;
}
END
version "$(unpacked usr/sbin/apache2 -v | sed -n 's/^Server version: //p')," \
	"$(unpacked usr/sbin/nginx -v 2>&1)," \
	"$(unpacked usr/sbin/haproxy -v | sed -n '1s/ [0-9/]* - .*//p')"

# A body as two chunks in one write, of SIZE bytes altogether.
chunked() {
	python3 - "$@" <<'END'
import http.client
import sys

port, path, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
half = size // 2
c = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
c.connect()
c.sock.sendall(b"POST %s HTTP/1.1\r\nHost: example.com\r\n"
               b"Content-Type: text/plain\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n"
               % path.encode() +
               2 * (b"%x\r\n" % half + b"a" * half + b"\r\n") + b"0\r\n\r\n")
r = http.client.HTTPResponse(c.sock, method="POST")
r.begin()
print(r.read().decode().strip() if r.status == 200 else r.status)
END
}
expect 'mod_proxy_fcgi, 1,000 bytes' 'POST CONTENT_LENGTH=1000 body=1000 ended' \
	"$(chunked "$apache" / 1000)"
expect 'mod_proxy_fcgi, 48,000 bytes' 'POST CONTENT_LENGTH=- body=48000 ended' \
	"$(chunked "$apache" / 48000)"
expect 'the same, proxy-sendcl' 'POST CONTENT_LENGTH=48000 body=48000 ended' \
	"$(chunked "$apache" /counted 48000)"
expect 'nginx, 900,000 bytes, no buffering' 'POST CONTENT_LENGTH= body=900000 ended' \
	"$(chunked "$nginx" / 900000)"
expect 'nginx, 900,000 bytes, with buffering' \
	'POST CONTENT_LENGTH=900000 body=900000 ended' \
	"$(chunked "$nginx" /counted 900000)"
expect 'HAProxy, 1,000 bytes' 'POST CONTENT_LENGTH=1000 body=1000 ended' \
	"$(chunked "$haproxy" / 1000)"
expect 'HAProxy, 48,000 bytes' 400 "$(chunked "$haproxy" / 48000)"
verdict
