
# 4. HAProxy, which wants the certificate and its key in one file: after each renewal,
# run this again.
(
	umask 077
	cat "$certificate" "$key" >/etc/haproxy/$host.pem
)
file=/etc/haproxy/haproxy.cfg
if grep -q 'use-fcgi-app mixspool' $file; then
	keep $file
else
	cat >$file.mixspool <<'END_OF_EXAMPLE'
@FILE@
END_OF_EXAMPLE
	haproxy -c -q -f $file.mixspool || fail "HAProxy does not take $file.mixspool"
	is_pristine $file haproxy ||
		fail "$file has sections of yours: put those of $file.mixspool into it"
	cp -p $file $file.before-mixspool
	mv $file.mixspool $file
fi
@RELOAD@ || @RESTART@
wait_for_certificate
