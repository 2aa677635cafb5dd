
# The service, whose socket @SERVER@ may open.
mkdir -p /etc/conf.d
[ -e /etc/conf.d/mixspool ] ||
	printf 'web_user=%s\n' "$web_user" >/etc/conf.d/mixspool
if [ ! -e /etc/init.d/mixspool ]; then
	cat >/etc/init.d/mixspool <<'END_OF_SCRIPT'
@FILE@
END_OF_SCRIPT
	chmod 755 /etc/init.d/mixspool
fi
rc-update add mixspool default
rc-service mixspool restart
