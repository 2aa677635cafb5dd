#!/bin/bash
# mini-httpd: a CGI program runs to its end and the client gets no answer, when a POST's
# header and body come in one piece, and with TLS always.
#
# What surprises: the program reads the body, does its work and writes 200. The client
#   sees the connection end without a byte. The child that hands the body on to the
#   program shuts the client's connection down for writing when it is done, and the
#   answer comes behind that. With the body in a packet of its own all is well, and so
#   is GET, so that a form tried by hand works or not by chance of the client.
# One would guess: an answer that was written arrives, or nothing was done.
# Who meets it: who takes mini-httpd for a webhook: the sender sees a failure, sends
#   again, and each time all is stored once more.
# Versions: mini-httpd 1.30 (Debian 12 and 13). Its manual says nothing of it.
# What to do: another web server for POSTs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl openssl
debs mini-httpd=1.30-3

mkdir "$work/www"
chmod 777 "$work"
cat >"$work/www/hook" <<'END'
#!/bin/sh
head -c "${CONTENT_LENGTH:-0}" >/dev/null
echo Content-Type: text/plain
echo
echo stored
echo stored >>"$(dirname "$0")/../done"
END
chmod 755 "$work/www/hook"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-keyout "$work/key" -out "$work/certificate" 2>/dev/null
cat "$work/certificate" "$work/key" >"$work/both"
serve() {
	port=$(free_port)
	start "mini-httpd-$port" "$work/root/usr/sbin/mini_httpd" -D -h 127.0.0.1 -p "$port" \
		-d "$work/www" -c hook -l "$work/access" "$@"
	until_true 20 listens "$port"
}
version "mini-httpd 1.30-3"

post() {
	curl -sS --max-time 20 --insecure -d x=1 "$@" 2>/dev/null || true
}
two_pieces=(-H 'Expect: 100-continue' --expect100-timeout 0.5)
serve
expect 'the body in a packet of its own' stored "$(post "${two_pieces[@]}" "http://127.0.0.1:$port/hook")"
for _ in 1 2 3; do
	expect 'header and body in one' '' "$(post "http://127.0.0.1:$port/hook")"
done
serve -S -E "$work/both"
expect 'TLS, GET' stored "$(curl -sS --insecure "https://127.0.0.1:$port/hook")"
expect 'TLS, header and body in one' '' "$(post "https://127.0.0.1:$port/hook")"
expect 'TLS, the body in a packet of its own' '' "$(post "${two_pieces[@]}" "https://127.0.0.1:$port/hook")"
all_ran() {
	[ "$(wc -l <"$work/done")" = 7 ]
}
until_true 10 all_ran
expect 'programs that came to their end' 7 "$(wc -l <"$work/done")"
verdict
