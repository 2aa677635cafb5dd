#!/usr/bin/env perl
# to-redis: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('redis');
my $port = free_port();
my $server = spawn(['redis-server', '--port', $port, '--bind', '127.0.0.1', '--save', '',
	'--dir', $home], out => "$home/redis.log");
wait_until { `redis-cli -p $port PING 2>/dev/null` =~ /PONG/ } 'Redis';

sub redis { return `redis-cli -p $port --raw @_` }

sub stream_length { return 0 + redis('XLEN', $_[0]) }

sub stream { return [grep {/^\{/} split /\n/, redis('XRANGE', "'$_[0]'", '-', '+')] }

takes('users', [users()], $to, 'users', '-p', $port);
is_deeply stream('users'), [users()], '... arrive, byte for byte, in order';
my @hard = map { $_->[0] } hard_users();
takes('hard users', \@hard, $to, 'hard', '-p', $port);
is_deeply stream('hard'), \@hard, '... arrive, byte for byte, in order';
takes('lines about nobody', [nobodies()], $to, 'nobody', '-p', $port);
is_deeply stream('nobody'), [nobodies()], '... arrive, byte for byte, in order';
my $name = "a\\tb \xc3\xa9";
takes('a stream\'s name', [users()], $to, $name, '-p', $port);
is_deeply stream($name), [users()], '... with what awk would take for an escape';

takes_in_cron([users()], $to, 'cron', '-p', $port);
is stream_length('cron'), 6, '... all are there';
redis(qw(SET other x));
waits('a key that is not a stream', $to, 'other', '-p', $port);

# A run is taken whole or not at all.
my ($status, $said) = run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, 'cut',
	'-p', $port);
is $status, 75, 'a cut input: exit 75';
is stream_length('cut'), 0, '... takes nothing';
my $cut = new_file((users())[0], "\n", '{"$distinct');
($status) = run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c',
	'f=$1; shift; exec "$0" "$@" <"$f"', $to, $cut, 'cut', '-p', $port);
is $status, 75, 'a line that is cut: exit 75';
is stream_length('cut'), 0, '... takes nothing';

redis(qw(CONFIG SET proto-max-bulk-len 1mb));
for my $size (1_060_000, 10_000_000) {
	refuses("a user of $size bytes", [big_user('big', $size)->[0]], [users()], $to,
		"big$size", '-p', $port);
	is_deeply stream("big$size"), [users()], '... and the others are there, once';
}
redis(qw(ACL SETUSER narrow on '>secret' '+eval' '+xadd' '~*'));
my @narrow = ('-p', $port, '--user', 'narrow', '--pass', 'secret');
takes('a user who may do nothing else', [users()], $to, 'narrow', @narrow);
{
	local $ENV{REDIS_MAX_BYTES} = 1_048_576;
	refuses('REDIS_MAX_BYTES', [big_user('big', 10_000_000)->[0]], [users()], $to,
		'narrow', @narrow);
}
redis(qw(CONFIG SET proto-max-bulk-len 512mb));
takes('a user of 10,000,000 bytes', [big_user('big', 10_000_000)->[0]], $to, 'vast',
	'-p', $port);
is_deeply stream('vast'), [big_user('big', 10_000_000)->[0]], '... arrives, byte for byte';
redis(qw(ACL SETUSER narrow '-eval'));
waits('a user who may not', $to, 'narrow', @narrow);

redis(qw(CONFIG SET maxmemory 1));
my $entries = stream_length('users');
($status, $said) = run_recipe([users()], $to, 'users', '-p', $port);
redis(qw(CONFIG SET maxmemory 0));
is $status, 75, 'no memory: exit 75';
like $said, qr/\Ato-redis: OOM [^\n]*\n\z/, '... and one message for all users';
is stream_length('users'), $entries, '... none of them is there';
redis(qw(CONFIG SET min-replicas-to-write 1));
waits('a replica that is missing', $to, 'users', '-p', $port);
redis(qw(CONFIG SET min-replicas-to-write 0));
redis(qw(REPLICAOF 127.0.0.1 1));
waits('a replica', $to, 'users', '-p', $port);
($status, $said) = run_recipe([map { user("r$_") } 1 .. 1000], $to, 'users', '-p', $port);
like $said, qr/\Ato-redis: READONLY [^\n]*\n\z/, '... one message for 1,000 users';
redis(qw(REPLICAOF NO ONE));
{
	local $ENV{REDIS_REPLICAS} = 1;
	for my $timeout (qw(0 1s)) {
		local $ENV{REDIS_TIMEOUT} = $timeout;
		waits("REDIS_TIMEOUT=$timeout", $to, 'users', '-p', $port);
	}
	local $ENV{REDIS_TIMEOUT} = 1;
	is system("printf 'SET x 1\\r\\nWAIT 1 100\\r\\n' | redis-cli -p $port --pipe >$home/pipe 2>&1"), 0,
	    'redis-cli --pipe exits with 0 when WAIT is not met';
	waits('REDIS_REPLICAS, and no replica', $to, 'users', '-p', $port);
	$ENV{REDIS_REPLICAS} = 'one';
	waits('REDIS_REPLICAS that is not a number', $to, 'users', '-p', $port);
	$ENV{REDIS_REPLICAS} = 1;
	redis(qw(ACL SETUSER narrow '+eval'));
	waits('REDIS_REPLICAS, and a user who may not ask', $to, 'asks', @narrow);
	is stream_length('asks'), 0, '... nothing is there';
	my ($second, $replica_home) = (free_port(), "$home/replica");
	mkdir $replica_home;
	my $replica = spawn(['redis-server', '--port', $second, '--bind', '127.0.0.1', '--save', '',
		'--dir', $replica_home, '--replicaof', "127.0.0.1 $port"],
		out => "$home/replica.log");
	wait_until { redis(qw(INFO replication)) =~ /state=online/ } 'the replica';
	takes('REDIS_REPLICAS, and a replica', [users()], $to, 'both', '-p', $port);
	is 0 + `redis-cli -p $second --raw XLEN both`, 3, '... which has them';
	redis(qw(ACL SETUSER narrow '+info' '+wait'));
	takes('... a user who may ask, and wait', [users()], $to, 'both', @narrow);
	kill 'STOP', $replica;
	waits('a replica that hangs', $to, 'both', '-p', $port);
	kill 'CONT', $replica;
	stop($replica);
}
redis(qw(CONFIG SET requirepass secret));
waits('no password', $to, 'users', '-p', $port);
{
	local $ENV{REDISCLI_AUTH} = 'wrong';
	waits('a wrong password', $to, 'users', '-p', $port);
	local $ENV{REDISCLI_AUTH} = 'secret';
	takes('REDISCLI_AUTH', [users()], $to, 'users', '-p', $port);
}
{
	local $ENV{HOME} = $home;
	spew("$home/.redisclirc", ":set hints\nAUTH wrong\n");
	local $ENV{REDISCLI_AUTH} = 'secret';
	takes('the user\'s .redisclirc', [users()], $to, 'users', '-p', $port);
}
takes('-a', [users()], $to, 'users', '-p', $port, '-a', 'secret');

stop($server);
waits('Redis stopped', $to, 'users', '-p', $port);
{
	local $ENV{TMPDIR} = '/nonexistent';
	waits('TMPDIR that is not there', $to, 'users', '-p', $port);
	local $ENV{TMPDIR} = "$home/tmp";
	mkdir "$home/tmp";
	waits('... another one', $to, 'users', '-p', $port);
	is_deeply [glob "$home/tmp/*"], [], '... in which nothing is left';
	local $ENV{PATH} = path_of(qw(cat mktemp rm sed wc));
	waits('redis-cli that is missing', '/bin/sh', $to, 'users', '-p', $port);
}

done_testing;
