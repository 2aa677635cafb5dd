
# 3. The certificate: that of certbot if there is one. Otherwise one that signs itself,
# so that all the rest works and can be tried; Mixpanel sends nothing to it. Then get
# one, and run this again:
#     apt-get install certbot
#     certbot certonly @CERTBOT@ -d @HOST@ --deploy-hook '@RELOAD@'
certificate=/etc/letsencrypt/live/$host/fullchain.pem
key=/etc/letsencrypt/live/$host/privkey.pem
own=/etc/mixspool/tls/$host
signed_by=certbot
if [ ! -e "$certificate" ]; then
	signed_by=itself
	certificate=$own.pem
	key=$own.key
fi
if [ ! -e "$certificate" ]; then
	mkdir -p /etc/mixspool/tls
	(
		umask 077
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
			-nodes -days 365 -subj /CN=mixspool \
			-addext "subjectAltName=DNS:$host" \
			-keyout "$key" -out "$certificate.new" 2>/dev/null
	)
	chmod 644 "$certificate.new"
	mv "$certificate.new" "$certificate"
fi

# use_certificate FILE: puts the paths of the certificate and its key into it.
use_certificate() {
	sed -i -e "s|/etc/letsencrypt/live/$host/fullchain.pem|$certificate|" \
		-e "s|/etc/letsencrypt/live/$host/privkey.pem|$key|" \
		-e "s|$own\\.pem|$certificate|" -e "s|$own\\.key|$key|" "$1"
}

# A reload takes a moment, in which the one before is still shown.
wait_for_certificate() {
	grep -qF "$host" "$file" || return 0 # it is for another one
	seconds=0
	wanted=$(openssl x509 -in "$certificate")
	until [ "$(openssl s_client -connect 127.0.0.1:443 -servername "$host" </dev/null 2>/dev/null |
		openssl x509 2>/dev/null)" = "$wanted" ]; do
		seconds=$((seconds + 1))
		[ $seconds -lt 10 ] || return 0 # doctor says what is wrong
		sleep 1
	done
}
