
# 4. nginx.
file=/etc/nginx/conf.d/mixspool.conf
is_new=
if [ -e $file ]; then
	keep $file
else
	is_new=yes
	cat >$file <<'END_OF_EXAMPLE'
@FILE@
END_OF_EXAMPLE
	# Where the machine has IPv6.
	[ ! -s /proc/net/if_inet6 ] ||
		sed -i 's|# \(listen \[::\]:443 ssl;\).*|\1|' $file
fi
use_certificate $file
problem=
nginx -t -q || problem='nginx does not take it'
case $(nginx -t 2>&1) in
*"conflicting server name \"$host\" on "*:443*)
	problem="nginx has a server for $host already: put the locations into that one"
	;;
esac
if [ "$problem" ]; then
	[ -z "$is_new" ] || mv $file $file.refused
	fail "$problem; see $file${is_new:+.refused}"
fi
@RELOAD@ || @RESTART@
wait_for_certificate
