#!/bin/bash
# amqp-publish -l: a line over 32 KB becomes several messages; a queue that is not there
# is exit status 0.
#
# What surprises: with -l each line is to be a message. A line of 40,000 bytes is two: one
#   of 32,767 bytes, cut wherever that is, and the rest. No warning, exit 0. Nor is there
#   one when the routing key leads to no queue at all: AMQP's "mandatory" is not set, and
#   there is no option for it.
# One would guess: lines of any length, as the protocol's messages are, or an error.
# Who meets it: `drain SPOOL -- amqp-publish -r users -l`, Debian's own client for
#   RabbitMQ: each large user arrives as two pieces that no consumer can parse, and a
#   misspelt queue takes all.
# Versions: amqp-tools 0.11.0; broker here: garagemq of Debian 12. The manual has no limit.
# What to do: mixspool's to-rabbitmq, which waits for the broker's confirms and has no limit
#   to a line; or one message a batch, without -l.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
need python3
debs amqp-tools=0.11.0-1+deb12u3 librabbitmq4=0.11.0-1+deb12u3 \
	garagemq=0.0~git20200204.15e6a9d+ds-4+b6

port=$(free_port)
admin=$(free_port)
sed -e "s#defaultPath: /var/.*#defaultPath: $work/db#" -e "s/port: 5672/port: $port/" \
	-e "s/port: 15672/port: $admin/" "$work/root/etc/garagemq/config.yaml" \
	>"$work/config.yaml"
start broker "$work/root/usr/bin/garagemq" --config "$work/config.yaml"
until_true 30 listens "$port"
version 'amqp-tools 0.11.0-1+deb12u3, garagemq 0.0~git20200204'

amqp() {
	local tool=$1

	shift
	unpacked "usr/bin/amqp-$tool" -s 127.0.0.1 --port="$port" "$@" 2>"$work/err"
}
amqp declare-queue -q users >/dev/null
python3 -c 'for size in 32000, 40000, 100:
	print("{\"id\":\"%s\"}" % ("a" * (size - 9)))' >"$work/users"
expect 'bytes in each line' '32000 40000 100 ' \
	"$(awk '{ printf "%d ", length($0) }' "$work/users")"

publish() {
	local status=0

	amqp publish -r "$1" -l <"$work/users" || status=$?
	echo "exit $status"
}
expect 'amqp-publish -l' 'exit 0' "$(publish users)"
sizes=
while amqp get -q users >"$work/message"; do
	sizes="$sizes$(wc -c <"$work/message") "
done
expect 'bytes in each message, the line feed counted' '32001 32767 7234 101 ' "$sizes"
expect 'to a queue that is not there' 'exit 0' "$(publish nosuch)"
verdict
