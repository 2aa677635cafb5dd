
# 4. h2o.
file=/etc/h2o/h2o.conf
if grep -q /run/mixspool/mixspool.sock $file; then
	keep $file
else
	cat >$file.mixspool <<'END_OF_EXAMPLE'
@FILE@
END_OF_EXAMPLE
	use_certificate $file.mixspool
	h2o -c $file.mixspool -t || fail "h2o does not take $file.mixspool"
	is_pristine $file h2o ||
		fail "$file has hosts of yours: put those of $file.mixspool into it"
	cp -p $file $file.before-mixspool
	mv $file.mixspool $file
fi
use_certificate $file
@RESTART@
wait_for_certificate
