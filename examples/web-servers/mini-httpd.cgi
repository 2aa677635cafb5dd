#!/bin/sh
# mini-httpd gives a program none of its own settings, so this sets mixspool's.
export MIXSPOOL_DIR=/var/spool/mixspool
# Accept only requests with the secret in this file. mini-httpd passes no Authorization
# header, so the URL ends with ?token=SECRET.
#export MIXSPOOL_SECRET_FILE=/etc/mixspool/secret

# mini-httpd would send the shell's own message, with 200.
if [ ! -x /usr/local/sbin/mixspool.fcgi ]; then
	echo 'Status: 503 Service Unavailable'
	echo 'Content-Type: application/json'
	echo 'Retry-After: 60'
	echo
	echo '{"status": "failure", "error": {"message": "there is no mixspool.fcgi", "code": 503}}'
	exit
fi
# What a program reports goes to the client, before its header. "mixspool log" has it, too.
exec /usr/local/sbin/mixspool.fcgi 2>/dev/null
