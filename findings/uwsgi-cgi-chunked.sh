#!/bin/bash
# uWSGI's CGI plugin: a program gets nothing of a body in chunks, and no end of it.
#
# What surprises: for a POST in chunks the program gets no CONTENT_LENGTH, which is right,
#   HTTP_TRANSFER_ENCODING=chunked, and a standard input that has no byte and stays open:
#   a program that reads to the end, as CGI programs behind Apache may, waits until
#   uWSGI's timeout, and the client gets no answer.
# One would guess: the standard input has the body and ends behind the last chunk, or the request is
#   refused with 411. RFC 3875, 4.2, leaves the end of a body to CONTENT_LENGTH; a body
#   without one has no other end than that of the stream.
# Who meets it: who runs a receiver as CGI under uWSGI, with a proxy on the way that
#   streams.
# Versions: uWSGI 2.0.21 (Debian 12). Its documentation of the plugin does not speak of
#   chunks; `http-chunked-input` is for other plugins.
# What to do: refuse a body without CONTENT_LENGTH there (411).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl timeout
debs uwsgi-core=2.0.21-5.1

cat >"$work/hook" <<'END'
#!/bin/sh
# What came within 3 seconds, and whether the input ended then.
bytes=$(timeout 3 head -c 1000 | wc -c)
timeout 1 cat >/dev/null
[ $? = 124 ] && end=open || end=ended
printf 'Content-Type: text/plain\r\n\r\nlength=%s coding=%s body=%s %s\n' \
	"${CONTENT_LENGTH--}" "${HTTP_TRANSFER_ENCODING--}" "$bytes" "$end"
END
chmod 755 "$work/hook"
port=$(free_port)
start uwsgi "$work/root/usr/bin/uwsgi-core" --plugins-dir "$work/root/usr/lib/uwsgi/plugins" \
	--plugins http,0:cgi --http "127.0.0.1:$port" --cgi "/hook=$work/hook" --die-on-term
until_true 20 listens "$port"
version "uWSGI $(unpacked usr/bin/uwsgi-core --version | head -n 1)"

head -c 1000 /dev/zero | tr '\0' a >"$work/body"
post() {
	curl -sS --max-time 30 -H 'Expect:' --data-binary "@$work/body" "$@" "http://127.0.0.1:$port/hook"
}
expect 'with Content-Length' 'length=1000 coding=- body=1000 open' "$(post)"
expect 'in chunks' 'length=- coding=chunked body=0 open' \
	"$(post -H 'Transfer-Encoding: chunked')"
verdict
