case $(systemctl show -p Environment mixspool.service) in
*MIXSPOOL_SECRET_FILE=*) ;; # set already
*)
	printf '[Service]\nEnvironment=MIXSPOOL_SECRET_FILE=/etc/mixspool/secret\n' |
		write /etc/systemd/system/mixspool.service.d/secret.conf || true
	;;
esac

# The socket, which @SERVER@ may open.
if printf '[Socket]\nSocketUser=%s\n' "$web_user" |
	write /etc/systemd/system/mixspool.socket.d/web-server.conf; then
	systemctl stop mixspool.socket
fi
systemctl daemon-reload
systemctl enable --now mixspool.socket
systemctl restart mixspool.service
