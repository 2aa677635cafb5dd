
# The service, whose socket @SERVER@ may open.
[ -e /etc/default/mixspool ] ||
	printf 'web_user=%s\n' "$web_user" >/etc/default/mixspool
if [ ! -e /etc/init.d/mixspool ]; then
	cat >/etc/init.d/mixspool <<'END_OF_SCRIPT'
@FILE@
END_OF_SCRIPT
	chmod 755 /etc/init.d/mixspool
fi
update-rc.d mixspool defaults
service mixspool restart
