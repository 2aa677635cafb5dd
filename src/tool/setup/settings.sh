grep -qs ^MIXSPOOL_SECRET_FILE= /etc/mixspool/settings ||
	echo MIXSPOOL_SECRET_FILE=/etc/mixspool/secret >>/etc/mixspool/settings
chmod 644 /etc/mixspool/settings
