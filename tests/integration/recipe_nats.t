#!/usr/bin/env perl
# to-nats, with NATS JetStream: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use Testbed;
use Recipes;
use Nats;

my ($program) = nats_server() or plan skip_all => 'nats-server and libnats-dev are not installed';
my $home = folder();
my $to = example('nats');
my $port = free_port();
my $configuration = spew("$home/nats.conf", <<"END");
listen: "127.0.0.1:$port"
jetstream { store_dir: "$home/nats" }
END
my $server;

sub start {
	$server = spawn([$program, '-c', $configuration], out => "$home/nats.log", err => "$home/nats.log");
	wait_until { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") } 'NATS';
	return;
}
start();
my $url = "nats://127.0.0.1:$port";

sub stream { return [nats_messages($port, $_[0])] }

takes('users', [users()], $to, $url, 'users');
is_deeply stream('users'), [users()], 'the lines, byte for byte, in order';
my $made = nats_ask($port, 'STREAM.INFO.users')->{config};
is_deeply [@$made{qw(subjects storage num_replicas duplicate_window)}], [['users'], 'file', 1, 600e9],
    'the recipe has made the stream';
my @hard = map { $_->[0] } hard_users();
takes('hard users, a subject of three words', \@hard, $to, $url, 'growth.hard.users');
is_deeply stream('growth_hard_users'), \@hard, '... arrive, byte for byte, in order';
my @odd = (nobodies(), 'no JSON', "\"\xff\"");
takes('lines about nobody', \@odd, $to, $url, 'nobody');
is_deeply stream('nobody'), \@odd, '... arrive, byte for byte';
takes_in_cron([users()], $to, $url, 'cron');
is_deeply stream('cron'), [(users()) x 2], 'two batches of the same users are not repeats';

# A run that is repeated, alone and with more behind it, is there once.
my @twice = ((users()) x 2);
for my $run (\@twice, \@twice, [@twice, user('later')]) {
	is((run_recipe($run, $to, $url, 'again'))[0], 0, 'a run of ' . @$run);
}
is_deeply stream('again'), [@twice, user('later')], '... is there once, the equal lines, too';
is((run_recipe([user('other')], $to, $url, 'again'))[0], 0, 'another line in its place');
is((run_recipe([users()], { MIXSPOOL_SKIP => 3, MIXSPOOL_PART => 1 }, $to, $url, 'again'))[0], 0,
	'a part of the run');
is((run_recipe([users()], { MIXSPOOL_CAMPAIGN => 'vip' }, $to, $url, 'again'))[0], 0,
	'another campaign');
is_deeply stream('again'), [@twice, user('later'), user('other'), users()],
    '... no line is taken for another one, and the part for itself';

refuses('a user of 1,060,000 bytes', [big_user('big', 1_060_000)->[0]], [users()], $to, $url, 'big');
is_deeply stream('big'), [users()], '... and the others are there, once';
nats_ask($port, 'STREAM.CREATE.narrow', { name => 'narrow', subjects => ['narrow'], max_msg_size => 1000 });
refuses('a user over the limit of the stream', [big_user('big', 2000)->[0]], [users()], $to, $url, 'narrow');
is_deeply stream('narrow'), [(users()) x 2], '... and the others are there, once for each run';

$ENV{NATS_TIMEOUT} = 2;
nats_ask($port, 'STREAM.CREATE.full',
	{ name => 'full', subjects => ['full'], max_msgs => 1, discard => 'new' });
takes('a stream for one', [user('a')], $to, $url, 'full');
waits('... which is full', $to, $url, 'full');
is((run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, $url, 'users'))[0], 75,
	'a cut input: exit 75');
my $cut = new_file(user('a'), "\n", '{"$distinct');
is((run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c', 'exec "$0" "$1" "$2" <"$3"',
		$to, $url, 'users', $cut))[0], 75, 'a line that is cut: exit 75');
is_deeply stream('users'), [users()], '... takes nothing';
waits('a subject that cannot be', $to, $url, 'a b');
waits('no URL', $to, 'nonsense://x', 'users');
takes('the second of two nodes', [users()], $to, 'nats://127.0.0.1:1', $url, 'second');
is_deeply stream('second'), [users()], '... has the users';
my $mute = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die $!;
waits('a node that hangs', $to, 'nats://127.0.0.1:' . $mute->sockport, 'users');

# A repeat of a message that the stream has not stored yet is no confirm.
for my $case (['{"stream":"s","seq":0,"duplicate":true}', 75], ['{"stream":"s","seq":7,"duplicate":true}', 0],
	['{"stream":"s"}', 75], ['[]', 75], ['OK', 75]) {
	my ($answer, $wanted) = @$case;
	my ($fake, $pid) = nats_that_answers($answer);
	my ($status, $said) = run_recipe([users()], $to, "nats://127.0.0.1:$fake", 'users');
	is $status, $wanted, "the answer $answer: exit $wanted" or diag $said;
	unlike $said, qr/Traceback/, '... without a traceback';
	kill 'KILL', $pid;
	waitpid $pid, 0;
}
{
	local $ENV{NATS_TIMEOUT} = '1m';
	waits('a limit that is not a number', $to, $url, 'users');
}

# Passwords.
stop($server);
spew($configuration, slurp($configuration) . <<'END');
authorization { users: [{ user: growth, password: secret },
	{ user: reader, password: secret, permissions: { publish: "nothing" } }] }
END
start();
waits('no password', $to, $url, 'users');
{
	local @ENV{qw(NATS_USER NATS_PASSWORD)} = qw(growth secret);
	takes('a password in the environment', [user('p')], $to, $url, 'users');
	$ENV{NATS_PASSWORD} = 'wrong:secret';
	waits('... a wrong one', $to, $url, 'users');
	@ENV{qw(NATS_USER NATS_PASSWORD)} = qw(reader secret);
	waits('no right to publish', $to, $url, 'users');
}
{
	local $ENV{NATS_CREDS} = "$home/nothing";
	waits('credentials that are not there', $to, $url, 'users');
}
stop($server);
waits('NATS stopped', $to, $url, 'users');

# Without JetStream nobody would keep them.
spew($configuration, "listen: \"127.0.0.1:$port\"\n");
start();
waits('NATS without JetStream', $to, $url, 'users');

done_testing;
