
# 5. Whose cron job takes the lines: the group may read the spool. It counts from that
# user's next login on.
@NOT@usermod -aG mixspool @USER@

# 6. The URL as Mixpanel sees it.
netrc=$(mktemp)
trap 'rm -f "$netrc"' EXIT
trap 'exit 1' HUP INT TERM
printf 'machine %s login mixpanel password %s\n' "$host" \
	"$(cat /etc/mixspool/secret)" >"$netrc"
status=0
if [ "$signed_by" = itself ]; then
	mixspool doctor --netrc "$netrc" --cacert "$certificate" https://@HOST@@PATH@ ||
		status=$?
	say "the certificate signs itself, so Mixpanel will refuse it: see step 3"
else
	mixspool doctor --netrc "$netrc" https://@HOST@@PATH@ || status=$?
fi
say "the URL for Mixpanel: https://mixpanel:SECRET@@HOST@@PATH@"
say "SECRET is in /etc/mixspool/secret"
case $status in
0 | 1) ;; # 1: nothing but warnings
69) say 'doctor is not installed: in Debian it is the package mixspool-doctor' ;;
*) exit $status ;;
esac
}

# All at once, so that half of this script does nothing, and no command reads it.
setup </dev/null
