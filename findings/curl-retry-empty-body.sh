#!/bin/bash
# curl --retry with -T -: the second attempt sends an empty body, and a 200 to it is
# exit status 0.
#
# What surprises: the upload's standard input is read once. When the first attempt is
#   answered 503, curl tries again as asked, with a chunked body of no bytes, the server
#   thanks for it, and curl exits 0. --fail is no help: the last answer is a 200.
# One would guess: curl keeps what it has to repeat, as with --data-binary @-, or it
#   does not repeat what it cannot.
# Who meets it: `drain SPOOL -- curl -fsS --retry 5 -T - https://example.com/users`: one
#   restart of the other end, and a batch is taken for delivered that is not.
# Versions: curl 7.88.1 (Debian 12). Its manual warns at --anyauth that an upload
#   from standard input cannot be sent twice; at --retry and -T it does not.
# What to do: `--data-binary @-` (in memory), or a file with -T; or no --retry, and let
#   drain run the command again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15

# Answers 503 to the first request for a path, 200 to the next ones.
cat >"$work/server.py" <<'END'
import http.server
import sys

asked = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        size = 0
        if self.headers.get("Transfer-Encoding") == "chunked":
            while True:
                chunk = int(self.rfile.readline(), 16)
                self.rfile.read(chunk)
                self.rfile.readline()
                size += chunk
                if not chunk:
                    break
        else:
            size = len(self.rfile.read(int(self.headers["Content-Length"])))
        asked[self.path] = asked.get(self.path, 0) + 1
        status = 503 if asked[self.path] == 1 else 200
        with open(sys.argv[2] + self.path, "a") as f:
            f.write("%d bytes: %d; " % (size, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])),
                                Handler).serve_forever()
END
port=$(free_port)
start server python3 "$work/server.py" "$port" "$work"
until_true 20 listens "$port"
version "$(unpacked usr/bin/curl --version | sed -n '1s/ (.*//p')"

head -c 5000 /dev/zero | tr '\0' a >"$work/users"
post() {
	local path=$1 status=0

	shift
	unpacked usr/bin/curl -q -fsS --retry 2 --retry-delay 1 -X POST \
		-H 'Content-Type: application/x-ndjson' "$@" \
		"http://127.0.0.1:$port/$path" <"$work/users" 2>/dev/null || status=$?
	echo "$(cat "$work/$path")exit status $status"
}
expect '--data-binary @-' '5000 bytes: 503; 5000 bytes: 200; exit status 0' \
	"$(post data --data-binary @-)"
expect '-T FILE' '5000 bytes: 503; 5000 bytes: 200; exit status 0' \
	"$(post file -T "$work/users")"
expect '-T -' '5000 bytes: 503; 0 bytes: 200; exit status 0' \
	"$(post input -T -)"
verdict
