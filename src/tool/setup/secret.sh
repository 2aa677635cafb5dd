
# 2. The secret that requests need. It is kept in /etc/mixspool/secret, which root and
# the group mixspool can read.
mkdir -p /etc/mixspool
if [ ! -s /etc/mixspool/secret ]; then
	secret=$(openssl rand -hex 24) # in a pipe, nothing would see it fail
	printf '%s\n' "$secret" | install -m 640 -g mixspool /dev/stdin /etc/mixspool/secret
fi
