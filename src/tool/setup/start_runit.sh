
# The service, whose socket @SERVER@ may open, and its messages.
mkdir -p /etc/sv/mixspool/log
[ -e /etc/sv/mixspool/conf ] ||
	printf 'web_user=%s\n' "$web_user" >/etc/sv/mixspool/conf
if [ ! -e /etc/sv/mixspool/run ]; then
	cat >/etc/sv/mixspool/run <<'END_OF_SCRIPT'
@FILE@
END_OF_SCRIPT
	cat >/etc/sv/mixspool/log/run <<'END_OF_SCRIPT'
@LOG@
END_OF_SCRIPT
	chmod 755 /etc/sv/mixspool/run /etc/sv/mixspool/log/run
fi
ln -sfn /etc/sv/mixspool /etc/service/mixspool
seconds=0
until sv start mixspool; do # it is looked for every 5 seconds
	seconds=$((seconds + 1))
	[ $seconds -lt 15 ] || fail 'runit does not start it'
	sleep 1
done
