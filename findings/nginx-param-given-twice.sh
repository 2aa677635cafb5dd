#!/bin/bash
# nginx's fastcgi_param given twice: both are sent, and half of the programs take the
# first.
#
# What surprises: `include fastcgi_params;` and behind it `fastcgi_param SCRIPT_NAME
#   /mixpanel;` does not replace the included line. Both go to the program. PHP, sh and
#   bash behind fcgiwrap see the second; a program of libfcgi, and Perl and Python
#   behind fcgiwrap, see the first.
# One would guess: the later line wins, or `nginx -t` complains of it.
# Who meets it: who mounts a receiver below a prefix, or sets REMOTE_ADDR, HTTPS or a
#   CONTENT_TYPE of his own behind the include, after a recipe for PHP where it works.
#   Here all POSTs end in a 404, or the wrong campaign.
# Versions: nginx 1.22.1, libfcgi 2.4.2, PHP 8.2, fcgiwrap 1.1.0 (Debian 12). The manuals
#   and the FastCGI specification do not say which of two equal names counts.
# What to do: take the line out of the included file, that is, write the parameters
#   that the program needs without the include; or use a name that the file lacks.
#   `nginx -T` shows what is there twice.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need curl cc perl python3 bash
debs nginx=1.22.1-9+deb12u11 nginx-common=1.22.1-9+deb12u11 \
	libfcgi-dev=2.4.2-2+deb12u1 libfcgi0ldbl=2.4.2-2+deb12u1 \
	fcgiwrap=1.1.0-14+deb12u1 spawn-fcgi=1.6.4-2 \
	php8.2-cgi=8.2.36-1~deb12u1

cat >"$work/program.c" <<'END'
#include <fcgiapp.h>

int main(void)
{
    FCGX_Request request;

    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        FCGX_FPrintF(request.out, "Content-Type: text/plain\r\n\r\n%s",
                     FCGX_GetParam("SCRIPT_NAME", request.envp));
        FCGX_Finish_r(&request);
    }
    return 0;
}
END
mkdir "$work/cgi"
cc -I "$work/root/usr/include" -o "$work/program" "$work/program.c" \
	"$(find "$work/root" -name 'libfcgi.so.0' | head -n 1)"
# shellcheck disable=SC2016
{
	# The text of the programs, not ours to expand.
	echo '<?php echo $_SERVER["SCRIPT_NAME"];' >"$work/cgi/php"
	for shell in sh bash; do
		printf '#!/bin/%s\nprintf "Content-Type: text/plain\\n\\n%%s" "$SCRIPT_NAME"\n' \
			"$shell" >"$work/cgi/$shell"
	done
	printf '#!/usr/bin/env perl\nprint "Content-Type: text/plain\\n\\n$ENV{SCRIPT_NAME}";\n' \
		>"$work/cgi/perl"
}
cat >"$work/cgi/python" <<END
#!$(python3 -c 'import sys; print(sys.executable)')
import os
print("Content-Type: text/plain\n\n" + os.environ["SCRIPT_NAME"])
END
chmod +x "$work/cgi/"*

spawn=$work/root/usr/bin/spawn-fcgi
start libfcgi "$spawn" -n -s "$work/libfcgi" -M 0666 -- "$work/program"
start fcgiwrap "$spawn" -n -s "$work/fcgiwrap" -M 0666 -- "$work/root/usr/sbin/fcgiwrap"
start php env REDIRECT_STATUS=200 \
	"$spawn" -n -s "$work/php" -M 0666 -- "$work/root/usr/bin/php-cgi8.2" -n

port=$(free_port)
start_nginx "$port" <<END
include $work/root/etc/nginx/fastcgi_params;
fastcgi_param SCRIPT_NAME /mixpanel;
fastcgi_param SCRIPT_FILENAME $work/cgi\$fastcgi_script_name;
location / {
    fastcgi_pass unix:$work/fcgiwrap;
}
location /php {
    fastcgi_pass unix:$work/php;
}
location /libfcgi {
    fastcgi_pass unix:$work/libfcgi;
}
END
version "$(unpacked usr/sbin/nginx -v 2>&1), libfcgi 2.4.2, fcgiwrap 1.1.0," \
	"$(unpacked usr/bin/php-cgi8.2 -n -v | head -n 1)"

unpacked usr/sbin/nginx -p "$work" -e stderr -t -c "$work/nginx.conf" \
	>"$work/check" 2>&1
expect 'warnings of nginx -t' 0 "$(grep -c '\[warn\]' "$work/check" || true)"
for program in php sh bash; do
	expect "SCRIPT_NAME in $program" /mixpanel \
		"$(curl -sS --max-time 30 "http://127.0.0.1:$port/$program")"
done
for program in libfcgi perl python; do
	expect "SCRIPT_NAME in $program" "/$program" \
		"$(curl -sS --max-time 30 "http://127.0.0.1:$port/$program")"
done
verdict
