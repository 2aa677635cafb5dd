#!/bin/bash
# nginx on a FastCGI connection that is kept open: a POST that meets its end is lost with
# a 502, where a GET goes out again on a new connection.
#
# What surprises: a program that restarts closes the connections that nginx keeps for it
#   (fastcgi_keep_conn, keepalive of the upstream). A request that nginx has just sent
#   on one gets no byte back. A GET is repeated, and nobody sees the restart. A POST is
#   a 502: nginx takes it for one that the program may have acted on, though no answer
#   began, and `fastcgi_next_upstream error timeout` does not help. Only
#   `non_idempotent` repeats it, and then also the POST that was acted on.
# One would guess: nginx repeats any request that found a kept connection closed, as
#   HTTP clients do, or that the end of an idle connection is seen before its next use.
# Who meets it: who turns kept connections on for speed. FastCGI has no way to say that
#   an answer is the last on its connection, so a program cannot prevent it.
# Versions: nginx 1.22.1 (Debian 12). The manual of fastcgi_next_upstream says that what
#   is not idempotent is not passed on once it was sent; not that a stale connection
#   counts as sent.
# What to do: one connection a request for POSTs (fastcgi_keep_conn off, the default).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl python3
debs nginx=1.22.1-9+deb12u11 nginx-common=1.22.1-9+deb12u11

# Answers the first request of a connection that is kept, and closes it when the next
# one has come.
cat >"$work/program.py" <<'END'
import socket, struct, sys, threading

def serve(connection):
    f = connection.makefile("rb")
    answered = 0
    while True:
        head = f.read(8)
        if len(head) < 8:
            break
        _, kind, request, length, padding, _ = struct.unpack(">BBHHBB", head)
        content = f.read(length + padding)
        if kind == 1:
            keep = content[2] & 1
        if answered and kind == 5 and length == 0:
            connection.shutdown(socket.SHUT_RDWR)
            break
        if kind == 5 and length == 0:
            answered += 1
            text = b"Status: 200 OK\r\n\r\nanswered\n"
            connection.sendall(
                struct.pack(">BBHHBx", 1, 6, request, len(text), 0) + text +
                struct.pack(">BBHHBx", 1, 6, request, 0, 0) +
                struct.pack(">BBHHBx8x", 1, 3, request, 8, 0))
            if not keep:
                break
    connection.close()

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(8)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
END
start program python3 "$work/program.py" "$work/program.sock"
until_true 20 test -S "$work/program.sock"
chmod 666 "$work/program.sock"

port=$(free_port)
cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path $work/temp_body;
    proxy_temp_path $work/temp_proxy;
    fastcgi_temp_path $work/temp_fastcgi;
    uwsgi_temp_path $work/temp_uwsgi;
    scgi_temp_path $work/temp_scgi;
    include $work/root/etc/nginx/fastcgi_params;
    upstream program {
        server unix:$work/program.sock max_fails=0;
        server unix:$work/program.sock max_fails=0;
        keepalive 4;
    }
    server {
        listen 127.0.0.1:$port;
        location / {
            fastcgi_pass program;
            fastcgi_keep_conn on;
            fastcgi_next_upstream error timeout;
        }
        location /again {
            fastcgi_pass program;
            fastcgi_keep_conn on;
            fastcgi_next_upstream error timeout non_idempotent;
        }
        location /new {
            fastcgi_pass unix:$work/program.sock;
        }
    }
}
END
start nginx "$work/root/usr/sbin/nginx" -p "$work" -e stderr -c "$work/nginx.conf"
until_true 20 listens "$port"
version "$(unpacked usr/sbin/nginx -v 2>&1)"

# The first request leaves a connection that is kept; the second one uses it.
pair() {
	local first second

	first=$(curl -sS --max-time 30 -o "$work/out" -w '%{http_code}' "http://127.0.0.1:$port/$1")
	shift
	second=$(curl -sS --max-time 30 -o "$work/out" -w '%{http_code}' "$@")
	echo "$first, then $second"
}
url=http://127.0.0.1:$port
expect 'two GETs, the second on a connection that is closed under it' '200, then 200' \
	"$(pair '' "$url/")"
expect 'a GET, and a POST on such a connection' '200, then 502' \
	"$(pair '' -d users=%5B%5D "$url/")"
expect 'the same with non_idempotent' '200, then 200' \
	"$(pair again -d users=%5B%5D "$url/again")"
expect 'the same without kept connections' '200, then 200' \
	"$(pair new -d users=%5B%5D "$url/new")"
verdict
