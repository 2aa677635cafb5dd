
# 4. lighttpd.
[ -e /usr/lib/lighttpd/mod_openssl.so ] || apt-get install -y lighttpd-mod-openssl
file=/etc/lighttpd/conf-available/90-mixspool.conf
is_new=
if [ -e $file ]; then
	keep $file
else
	is_new=yes
	cat >$file <<'END_OF_EXAMPLE'
@FILE@
END_OF_EXAMPLE
fi
use_certificate $file
ln -sf ../conf-available/90-mixspool.conf /etc/lighttpd/conf-enabled/
lighttpd -tt -f /etc/lighttpd/lighttpd.conf || {
	rm /etc/lighttpd/conf-enabled/90-mixspool.conf
	[ -z "$is_new" ] || mv $file $file.refused
	fail "lighttpd does not take it; see $file${is_new:+.refused}"
}
@RESTART@
wait_for_certificate
