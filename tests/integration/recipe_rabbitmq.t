#!/usr/bin/env perl
# to-rabbitmq: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('rabbitmq');
my ($port, $distribution, $epmd) = map { free_port() } 1 .. 3;
my $base = "$home/rabbit";
mkdir $base;
my $largest = 950_000;
my %environment = (HOME => $base, RABBITMQ_HOME => '',
	RABBITMQ_NODENAME => "mixspool$$\@localhost",
	RABBITMQ_NODE_PORT => $port, RABBITMQ_DIST_PORT => $distribution,
	RABBITMQ_NODE_IP_ADDRESS => '127.0.0.1',
	RABBITMQ_MNESIA_BASE => "$base/data", RABBITMQ_LOG_BASE => $base,
	RABBITMQ_PID_FILE => "$base/pid", ERL_EPMD_PORT => $epmd,
	ERL_EPMD_ADDRESS => '127.0.0.1',
	RABBITMQ_CONF_ENV_FILE => '/dev/null',
	RABBITMQ_CONFIG_FILE => "$base/rabbitmq",
	RABBITMQ_ENABLED_PLUGINS_FILE => "$base/plugins");
delete $environment{RABBITMQ_HOME};
spew("$base/rabbitmq.conf", "max_message_size = $largest\n");
my $server = spawn(['/usr/lib/rabbitmq/bin/rabbitmq-server'],
	env => \%environment, out => "$base.log", err => "$base.log");
my $url = "amqp://guest:guest\@127.0.0.1:$port/%2F";
wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") } 'RabbitMQ', 90;
wait_until { !system "amqp-declare-queue -u $url -q users -d >/dev/null 2>&1" }
    'RabbitMQ to answer', 60;

# All messages of a queue, which is then empty.
sub queue {
	my $name = shift;
	my @messages;
	while ((my $message = `amqp-get -u $url -q $name`) ne '') {
		push @messages, $message;
	}
	return \@messages;
}

takes('users', [users()], $to, $url, 'users');
is_deeply queue('users'), [users()], 'the lines, byte for byte, in order';
my @hard = map { $_->[0] } hard_users();
takes('hard users, a queue of its own', \@hard, $to, $url, 'new');
is_deeply queue('new'), \@hard, '... arrive, byte for byte, in order';

refuses('a user of 1,020,000 bytes', [big_user('big', 1_020_000)->[0]], [users()], $to,
	$url, 'users');
is_deeply queue('users'), [users()], '... and the others are there, once';

# Queues that others have declared, with pika.
sub declare {
	my ($name, $arguments) = @_;
	system('/usr/bin/python3', '-c', <<"END") == 0 or die 'pika';
import pika
pika.BlockingConnection(pika.URLParameters("$url")).channel().queue_declare(
    "$name", $arguments)
END
	return;
}
declare('quorum', 'durable=True, arguments={"x-queue-type": "quorum"}');
takes('a quorum queue', [users()], $to, $url, 'quorum');
is_deeply queue('quorum'), [users()], '... has the users';
declare('fleeting', 'durable=False');
waits('a queue that does not outlive a restart', $to, $url, 'fleeting');
declare('short',
	'durable=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}');
my ($status, $said) = run_recipe([users()], $to, $url, 'short');
is $status, 75, 'a full queue: exit 75';
is $said, "to-rabbitmq: the queue takes no more: it is full, or has no leader\n",
    '... and it says why';
is((run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, $url, 'users'))[0], 75,
	'a cut input: exit 75');
my $cut = new_file(user('a'), "\n", '{"$distinct');
is((run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c', 'exec "$0" "$1" "$2" <"$3"',
		$to, $url, 'users', $cut))[0], 75, 'a line that is cut: exit 75');
is_deeply queue('users'), [], '... takes nothing';
my @odd = (nobodies(), 'no JSON', "\"\xff\"");
takes('lines about nobody', \@odd, $to, $url, 'users');
is_deeply queue('users'), \@odd, '... arrive, byte for byte';
takes_in_cron([users()], $to, $url, 'users');
is_deeply queue('users'), [(users()) x 2], '... all are there';

my $down = 'amqp://guest:guest@127.0.0.1:1/%2F';
takes('the second of two nodes', [users()], $to, $down, $url, 'users');
waits('a wrong password', $to, "amqp://guest:secret\@127.0.0.1:$port/%2F", 'users');
{
	local $ENV{RABBITMQ_PASSWORD} = 'guest';
	takes('the password in the environment', [users()], $to,
		"amqp://guest\@127.0.0.1:$port/%2F", 'users');
	takes('... and no account', [users()], $to, "amqp://127.0.0.1:$port/%2F", 'users');
	is_deeply queue('users'), [(users()) x 3], '... all are there';
	local $ENV{RABBITMQ_PASSWORD} = 'secret:@/%2F';
	waits('... a wrong one', $to, "amqp://guest\@127.0.0.1:$port/%2F", 'users');
}
waits('a URL that cannot be', $to, 'amqp://guest:secret@127.0.0.1:1/%2F?heartbeat=secret',
	'users');

sub control {
	system("env @{[map {qq('$_=$environment{$_}')} keys %environment]} "
		    . "/usr/lib/rabbitmq/bin/rabbitmqctl @_ >/dev/null 2>$home/control") == 0
	    or die slurp("$home/control");
	return;
}
control('set_vm_memory_high_watermark 0.000001');
waits('no memory', $to, "$url?blocked_connection_timeout=1", 'users');
control('set_vm_memory_high_watermark 0.4');
is_deeply queue('users'), [], '... and nothing is there';
waits('no such virtual host', $to, "amqp://guest:guest\@127.0.0.1:$port/nope", 'users');
waits('no URL', $to, 'nonsense', 'users');
local $ENV{RABBITMQ_TIMEOUT} = 2;
my $mute = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die $!;
waits('a node that hangs', $to, 'amqp://guest:guest@127.0.0.1:' . $mute->sockport
	. '/%2F?stack_timeout=1&socket_timeout=1', 'users');
stop($server);
waits('RabbitMQ stopped', $to, $url, 'users');
waits('... all of three nodes', $to, ($url) x 3, 'users');
$ENV{RABBITMQ_TIMEOUT} = '1m';
waits('a limit that is not a number', $to, $url, 'users');
system "ERL_EPMD_PORT=$epmd epmd -kill >/dev/null 2>&1";

done_testing;
