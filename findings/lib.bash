# shellcheck shell=bash
# Sourced by each finding. What it starts, it ends; what it writes is in $work.
#
#   need CMD...                  commands of this machine, or the script is skipped
#   debs PACKAGE=VERSION...      Debian packages, unpacked in $work/root; what they
#                                depend on and this machine lacks, too. Nothing is installed
#   modules PACKAGE@VERSION...   npm packages, in $work/node_modules
#   unpacked CMD [ARG]...        runs CMD of $work/root with the libraries there
#   free_port                    a port of 127.0.0.1 that is free
#   start NAME CMD [ARG]...      in the background until the script ends; NAME.log
#   mounts+=(FOLDER)             what to unmount at the end
#   until_true SECONDS CMD...    waits until CMD succeeds
#   start_nginx PORT             with the server block's lines from standard input
#   start_haproxy PORT PROGRAM   before a FastCGI program at that port
#   start_apache PORT MODULE...  with more of its configuration from standard input
#   version TEXT...              says what runs
#   expect WHAT WANTED GOT       says what was seen; notes when it is not WANTED
#   verdict                      `finding holds`, or exit status 1
#
# Exit status: 0 holds, 1 changed, 77 skipped, others: the script itself failed.

export LC_ALL=C.UTF-8
work=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX")
chmod 755 "$work"
# shellcheck disable=SC2034 # the findings use it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pids=()
mounts=()
changed=0

cleanup() {
	local mount status=$?

	trap - EXIT
	for mount in "${mounts[@]}"; do
		umount -l "$mount" 2>/dev/null || true
	done
	if ((${#pids[@]})); then
		kill "${pids[@]}" 2>/dev/null || true
		wait "${pids[@]}" 2>/dev/null || true
	fi
	rm -rf --one-file-system "$work"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

skip() {
	echo "skipped: $*" >&2
	exit 77
}

need() {
	local command

	for command; do
		command -v "$command" >/dev/null || skip "there is no $command here"
	done
}

debs() {
	local deb archives="$work/archives"

	need apt-get dpkg
	mkdir -p "$archives/partial" "$work/root"
	(cd "$archives" && apt-get -qq -o APT::Sandbox::User=root download "$@") \
		>"$work/apt.log" 2>&1 ||
		skip "apt does not serve $* (or 'apt-get update' is missing)"
	apt-get -qq -y -o APT::Sandbox::User=root -o Debug::NoLocking=1 \
		-o Dir::Cache::archives="$archives" --no-install-recommends \
		--allow-downgrades --download-only install "$@" >>"$work/apt.log" 2>&1 ||
		skip "what $* depend on cannot be had: $(tail -n 1 "$work/apt.log")"
	for deb in "$archives"/*.deb; do
		case ${deb##*/} in
		libc6_* | libc-bin_*) ;; # this machine's loader needs its own
		*) dpkg -x "$deb" "$work/root" ;;
		esac
	done
}

modules() {
	need npm node
	(cd "$work" && echo '{"private":true}' >package.json &&
		npm install --no-audit --no-fund --loglevel=error "$@") >"$work/npm.log" 2>&1 ||
		skip "npm does not serve $*: $(tail -n 1 "$work/npm.log")"
}

library_path() {
	local folder path=

	for folder in "$work"/root/usr/lib/*-linux-gnu "$work"/root/lib/*-linux-gnu; do
		[ ! -d "$folder" ] || path=$path${path:+:}$folder
	done
	echo "$path"
}

unpacked() {
	local command=$1

	shift
	LD_LIBRARY_PATH=$(library_path) "$work/root/$command" "$@"
}

free_port() {
	need python3
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

start() {
	local name=$1

	shift
	LD_LIBRARY_PATH=$(library_path) "$@" >"$work/$name.log" 2>&1 </dev/null &
	pids+=($!)
}

until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "waited in vain for: $*" >&2
			tail -n 5 "$work"/*.log >&2
			exit 2
		fi
		sleep 0.1
	done
}

listens() {
	(: <"/dev/tcp/127.0.0.1/$1")
}

start_nginx() {
	cat - >"$work/nginx.server"
	cat >"$work/nginx.conf" <<END
daemon off;
pid $work/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path $work/temp_body;
    proxy_temp_path $work/temp_proxy;
    fastcgi_temp_path $work/temp_fastcgi;
    uwsgi_temp_path $work/temp_uwsgi;
    scgi_temp_path $work/temp_scgi;
    server {
        listen 127.0.0.1:$1;
        include $work/nginx.server;
    }
}
END
	start nginx "$work/root/usr/sbin/nginx" -p "$work" -e stderr -c "$work/nginx.conf"
	until_true 20 listens "$1"
}

start_haproxy() {
	cat >"$work/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 10s
    timeout client 30s
    timeout server 30s
fcgi-app hook
    docroot /srv
frontend in
    bind 127.0.0.1:$1
    default_backend out
backend out
    use-fcgi-app hook
    server program 127.0.0.1:$2 proto fcgi
END
	start haproxy "$work/root/usr/sbin/haproxy" -db -f "$work/haproxy.cfg"
	until_true 20 listens "$1"
}

start_apache() {
	local module port=$1

	shift
	{
		cat <<END
ServerName example.com
ServerRoot $work
PidFile $work/apache.pid
DefaultRuntimeDir $work
Mutex pthread
ErrorLog $work/error.log
Listen 127.0.0.1:$port
User nobody
Group nogroup
END
		for module in mpm_event authz_core "$@"; do
			echo "LoadModule ${module}_module" \
				"$work/root/usr/lib/apache2/modules/mod_$module.so"
		done
		cat -
	} >"$work/apache.conf"
	start apache "$work/root/usr/sbin/apache2" -f "$work/apache.conf" -DFOREGROUND
	until_true 20 listens "$port"
}

version() {
	echo "version: $*"
}

expect() {
	if [ "$2" = "$3" ]; then
		echo "seen: $1: $3"
	else
		echo "seen: $1: $3 (was: $2)"
		changed=1
	fi
}

verdict() {
	if ((changed)); then
		echo 'finding changed'
		exit 1
	fi
	echo 'finding holds'
}
