
# is_pristine FILE PACKAGE: nobody has changed FILE since the package brought it.
is_pristine() {
	sum=$(md5sum <"$1")
	dpkg-query -W -f '${Conffiles}\n' "$2" | grep -qx " $1 ${sum%% *}"
}
