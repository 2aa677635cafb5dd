#!/bin/bash
# Caddy: a POST that no route takes is answered 200.
#
# What surprises: in a site whose `route`, `handle` or matcher has no place for a path,
#   Caddy answers 200 with an empty body, for POST as for GET. nginx says 404 or 405.
# One would guess: what nobody took is not found.
# Who meets it: who has `reverse_proxy /mixpanel/* …` and types /mixpannel into Mixpanel's
#   form: each delivery succeeds, no program was asked, and the users are nowhere. As
#   well as /mixpanel without the last slash.
# Versions: Caddy 2.6.2 (Debian 12), nginx 1.22.1 beside it.
# What to do: end the site with `respond 404`, which the directives' order puts behind
#   reverse_proxy, as in the second site below.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
need curl python3
debs caddy=2.6.2-5 nginx=1.22.1-9+deb12u11

program=$(free_port)
caddy=$(free_port)
strict=$(free_port)
nginx=$(free_port)
start program python3 "$here/responder.py" "$program" "$work/seen"
cat >"$work/Caddyfile" <<END
{
    admin off
    auto_https off
}
http://127.0.0.1:$caddy {
    reverse_proxy /mixpanel/* 127.0.0.1:$program {
        transport fastcgi
    }
}
http://127.0.0.1:$strict {
    handle /mixpanel/* {
        reverse_proxy 127.0.0.1:$program {
            transport fastcgi
        }
    }
    handle {
        respond 404
    }
}
END
cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log /dev/null;
events {}
http {
    access_log off;
    client_body_temp_path $work/temp_body;
    proxy_temp_path $work/temp_proxy;
    fastcgi_temp_path $work/temp_fastcgi;
    uwsgi_temp_path $work/temp_uwsgi;
    scgi_temp_path $work/temp_scgi;
    server {
        listen 127.0.0.1:$nginx;
        root $work/nothing;
        location /mixpanel/ {
            fastcgi_param REQUEST_METHOD \$request_method;
            fastcgi_param CONTENT_LENGTH \$content_length;
            fastcgi_pass 127.0.0.1:$program;
        }
    }
}
END
start caddy env HOME="$work" XDG_CONFIG_HOME="$work" XDG_DATA_HOME="$work" \
    "$work/root/usr/bin/caddy" run --adapter caddyfile --config "$work/Caddyfile"
start nginx "$work/root/usr/sbin/nginx" -p "$work" -e stderr -c "$work/nginx.conf"
for port in "$program" "$caddy" "$strict" "$nginx"; do
    until_true 20 listens "$port"
done
version "Caddy $(unpacked usr/bin/caddy version), $(unpacked usr/sbin/nginx -v 2>&1)"

post() {
    curl -sS --max-time 30 -o "$work/answer" -w '%{http_code}' --data-binary a=b \
        "http://127.0.0.1:$1"
    echo " $(wc -c <"$work/answer") bytes"
}
expect 'Caddy, /mixpanel/vip' '200 35 bytes' "$(post "$caddy/mixpanel/vip")"
expect 'Caddy, /mixpannel/vip' '200 0 bytes' "$(post "$caddy/mixpannel/vip")"
expect 'Caddy, /mixpanel' '200 0 bytes' "$(post "$caddy/mixpanel")"
code=$(post "$nginx/mixpannel/vip")
expect 'nginx, /mixpannel/vip' 404 "${code%% *}"
expect 'Caddy with a last handle, /mixpanel/vip' '200 35 bytes' "$(post "$strict/mixpanel/vip")"
expect 'Caddy with a last handle, /mixpannel/vip' '404 0 bytes' "$(post "$strict/mixpannel/vip")"
expect 'requests that the program saw' 2 "$(wc -l <"$work/seen")"
verdict
