#!/usr/bin/env perl
# to-kafka, with librdkafka's mock cluster: what goes in comes out, or is in failed/, or
# waits.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('kafka');
my $fifo = "$home/kafka.in";
POSIX::mkfifo($fifo, 0600);
my $server = spawn(['sh', '-c',
	"exec @{[program('tests/recipes/kafka-mock')]} <$fifo"],
	out => "$home/kafka.out");
open my $hold, '>', $fifo or die $!;
wait_until { -e "$home/kafka.out" && slurp("$home/kafka.out") =~ /\n/ }
    'the mock cluster';
chomp(my $brokers = slurp("$home/kafka.out"));

# What a topic has, sorted, a line each, in this format of kcat's.
sub topic {
	my ($name, $format) = @_;
	return [sort split /\n/,
		`kcat -C -q -e -b $brokers -t $name -o beginning -f '$format\\n'`];
}

takes('users', [users()], $to, $brokers, 'users');
my ($a, $seven, $b) = users();
is_deeply topic('users', '%k %s'), [sort "\"a\" $a", "7 $seven", "\"b c\" $b"],
    'the topic has the keys and the lines, byte for byte';

# The same key always goes to the same partition.
takes('them again', [users()], $to, $brokers, 'users') for 1 .. 2;
my %partitions;
for (@{ topic('users', '%k %p') }) {
	my ($key, $partition) = /^(.*) (\d+)$/;
	$partitions{$key}{$partition} = 1;
}
is_deeply [map { scalar keys %$_ } values %partitions], [1, 1, 1],
    'all lines of a key are in one partition';

my @hard = hard_users();
takes('hard users', [map { $_->[0] } @hard], $to, $brokers, 'hard');
is_deeply topic('hard', '%k %s'), [sort map {"$_->[2] $_->[0]"} @hard],
    '... have their ids as keys, and their lines, byte for byte';
takes('half a surrogate as an id', ['{"$distinct_id":"\ud800","$properties":{}}'],
	$to, $brokers, 'half');
is_deeply topic('half', '%k'), ['"\ud800"'], '... stays an escape';

my @nobody = nobodies();
takes('lines about nobody', [@nobody, user('a')], $to, $brokers, 'nobody');
is_deeply topic('nobody', '%K %s'), [sort map({"-1 $_"} @nobody), '3 ' . user('a')],
    '... have no key';
takes('ids that are one', ['{"$distinct_id":"\u0041"}', '{"$distinct_id":"A"}'], $to,
	$brokers, 'same');
is_deeply topic('same', '%k'), ['"A"', '"A"'], '... have one key';
my ($long) = ('k' x 65_536);
my $nested = '{"$distinct_id":"nested","x":' . '[' x 200 . ']' x 200 . '}';
takes('an id of 64 KB, and 200 levels', [user($long), $nested], $to, $brokers, 'long');
is_deeply topic('long', '%k %s'), [sort "\"$long\" " . user($long), "\"nested\" $nested"],
    '... arrive, byte for byte';

my $big = big_user('big', 1_020_000)->[0];
refuses('a user of 1,020,000 bytes', [$big], [users()], $to, $brokers, 'big');
is_deeply topic('big', '%s'), [sort(users())],
    '... and the others are delivered, once';
{
	local $ENV{KAFKA_MAX_BYTES} = 2_000_000;
	takes('a larger limit', [$big], $to, $brokers, 'bigger');
	local $ENV{KAFKA_MAX_BYTES} = '1M';
	waits('a limit that is not a number', $to, $brokers, 'users');
}
refuses('no user', ['no JSON of a@example.com', '[]', '7', "\"\xff\"",
	'[' x 2000 . ']' x 2000], [users()], $to, $brokers, 'broken');
is_deeply topic('broken', '%s'), [sort(users())], '... and the others are there, once';
is((run_recipe([users()], { MIXSPOOL_USERS => 4 }, $to, $brokers, 'cut'))[0], 75,
	'a cut input: exit 75');
my $cut = new_file(user('a'), "\n", '{"$distinct');
is((run_recipe([], { MIXSPOOL_USERS => 2 }, '/bin/sh', '-c', 'exec "$0" "$1" "$2" <"$3"',
		$to, $brokers, 'cut', $cut))[0], 75, 'a line that is cut: exit 75');
is_deeply topic('cut', '%s'), [], '... takes nothing';
takes_in_cron([users()], $to, $brokers, 'cron');
is scalar(@{ topic('cron', '%s') }), 6, '... all are there';

{
	my $path = "$home/nokcat";
	mkdir $path;
	local $ENV{PATH} = $path;
	waits('kcat that is missing', $to, $brokers, 'users');
}
{
	local $ENV{TMPDIR} = '/nonexistent';
	takes('TMPDIR that is not there', [users()], $to, $brokers, 'users');
}
{
	local $ENV{HOME} = $home;
	mkdir "$home/.config";
	spew("$home/.config/$_", "client.id=growth\n") for qw(kcat.conf kafkacat.conf);
	takes('the user\'s kcat.conf', [users()], $to, $brokers, 'users');
	spew("$home/.config/$_", "acks=0\n") for qw(kcat.conf kafkacat.conf);
	waits('one that wants no acknowledgement', $to, $brokers, 'users');
}

# The broker refuses the next message with these errors of its protocol.
for (['a topic that takes less', 10, 65, 'takes no message as large'],
	['a compacted topic, and no key', 87, 65, 'refuses a message'],
	['no right to write', 29, 75, 'kcat failed']) {
	my ($what, $number, $status, $why) = @$_;
	print {$hold} "error $number\n";
	$hold->flush;
	wait_until { slurp("$home/kafka.out") =~ /error $number\n/ } 'the mock cluster';
	local $ENV{KAFKA_TIMEOUT_MS} = 2000;
	my ($got, $said) = run_recipe([users()], $to, $brokers, 'users');
	is $got, $status, "$what: exit $status";
	like $said, qr/^to-kafka: [^\n]*$why/m, '... and it says why';
	unlike $said, qr/example\.com|Traceback/, '... without personal data';
}

close $hold;
reap($server);
local $ENV{KAFKA_TIMEOUT_MS} = 2000;
waits('Kafka stopped', $to, $brokers, 'users');

done_testing;
