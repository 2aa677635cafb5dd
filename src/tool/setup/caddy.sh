
# 3. Caddy, which fetches a certificate by itself: the name must lead to this machine.
file=/etc/caddy/Caddyfile
if grep -q "^$host {" $file; then
	keep $file
else
	cp -p $file $file.before-mixspool
	cat >>$file <<'END_OF_EXAMPLE'

@FILE@
END_OF_EXAMPLE
	caddy validate --adapter caddyfile --config $file >/dev/null 2>&1 || {
		mv $file $file.refused
		mv $file.before-mixspool $file
		fail "Caddy does not take it; see $file.refused"
	}
fi
@RELOAD@ || @RESTART@
