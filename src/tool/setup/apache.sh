
# 4. Apache.
file=/etc/apache2/sites-available/mixspool.conf
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
a2enmod -q ssl setenvif reqtimeout asis proxy proxy_fcgi
a2ensite -q mixspool
problem=
apache2ctl -t || problem='Apache does not take it'
# For each host on port 443, its name and the line that has it.
other=$(apache2ctl -S 2>/dev/null |
	sed -n "s|.*port 443 namevhost $host (\\(.*\\):[0-9]*)|\\1|p" |
	grep -v '/mixspool\.conf$' || true)
[ -z "$other" ] || problem="Apache has $host already, in $other: put the sections there"
if [ "$problem" ]; then
	a2dissite -q mixspool
	[ -z "$is_new" ] || mv $file $file.refused
	fail "$problem; see $file${is_new:+.refused}"
fi
@RELOAD@ || @RESTART@
wait_for_certificate
