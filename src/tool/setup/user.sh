
# 1. The user mixspool, and the spool.
command -v spawn-fcgi >/dev/null || apt-get install -y spawn-fcgi
getent group mixspool >/dev/null || groupadd --system mixspool
getent passwd mixspool >/dev/null ||
	useradd --system --gid mixspool --home-dir @SPOOL@ --shell /usr/sbin/nologin mixspool
mixspool init -g mixspool @SPOOL@
