
# 1. The user mixspool, and the spool.
systemd-sysusers mixspool.conf
systemd-tmpfiles --create mixspool.conf
