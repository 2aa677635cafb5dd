[ "$(id -u)" = 0 ] || fail 'this is for root: @CALL@ | sudo sh'
command -v mixspool.fcgi >/dev/null ||
	fail 'the receiver, mixspool.fcgi, is not installed'
command -v openssl >/dev/null || apt-get install -y openssl
