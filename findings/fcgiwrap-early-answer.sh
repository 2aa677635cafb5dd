#!/bin/bash
# fcgiwrap: a CGI program that answers before it has read a large body gets 502 for it.
#
# What surprises: the program writes a whole answer, 401 or 200, and ends with 0, without
#   reading what is left of the body. fcgiwrap, which cannot write the rest into the pipe,
#   drops the answer, and nginx says 502. Below the pipe's 64 KB it mostly goes well.
# One would guess: the answer goes out. RFC 3875, 4.2, has the server offer the body;
#   a script need not take it.
# Who meets it: who runs a receiver as CGI behind nginx and fcgiwrap, and checks a secret
#   or a path first: a refusal of a large batch looks like an outage, and is sent again;
#   an early 200 leads to users twice.
# Versions: fcgiwrap 1.1.0, nginx 1.22.1 (Debian 12). fcgiwrap's manual says nothing on it.
# What to do: read the body to its end before the end, up to a limit, whatever the
#   answer; or run the receiver as FastCGI, without fcgiwrap.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl
debs nginx=1.22.1-9+deb12u11 fcgiwrap=1.1.0-14+deb12u1 spawn-fcgi=1.6.4-2

mkdir "$work/cgi"
for program in early late; do
	{
		echo '#!/bin/sh'
		[ "$program" = early ] || echo 'cat >/dev/null'
		echo 'echo Status: 401 Unauthorized'
		echo 'echo Content-Type: text/plain'
		echo 'echo'
		echo "echo ended >>'$work/cgi/log'"
	} >"$work/cgi/$program"
	chmod +x "$work/cgi/$program"
done
chmod 777 "$work/cgi"
start fcgiwrap "$work/root/usr/bin/spawn-fcgi" -n -s "$work/fcgiwrap" -M 0666 -- \
	"$work/root/usr/sbin/fcgiwrap"
port=$(free_port)
start_nginx "$port" <<END
location / {
    fastcgi_param REQUEST_METHOD \$request_method;
    fastcgi_param CONTENT_LENGTH \$content_length;
    fastcgi_param SCRIPT_FILENAME $work/cgi\$fastcgi_script_name;
    fastcgi_pass unix:$work/fcgiwrap;
}
END
version "fcgiwrap 1.1.0-14+deb12u1, $(unpacked usr/sbin/nginx -v 2>&1)"

head -c 900000 /dev/zero | tr '\0' a >"$work/body"
post() {
	curl -sS -o /dev/null -w '%{http_code}' --max-time 30 -H 'Expect:' \
		--data-binary "@$work/body" "http://127.0.0.1:$port/$1"
}
expect 'the body read, then 401' 401 "$(post late)"
for _ in 1 2 3; do
	expect '401 at once' 502 "$(post early)"
done
expect 'programs that came to their end' 4 "$(wc -l <"$work/cgi/log")"
verdict
