#!/usr/bin/env perl
# to-kafka and librdkafka's mock cluster of three brokers: the one that leads goes away and
# freezes while drain -f hands over.

use strict;
use warnings;
use POSIX ();
use Test::More;
use Testbed;
use Recipes;
use Nodes;

-x '/usr/bin/kcat' or plan skip_all => 'kcat is not installed';

my $home = folder();
my ($fifo, $out) = ("$home/kafka.in", "$home/kafka.out");
POSIX::mkfifo($fifo, 0600);
spawn(['sh', '-c', "exec @{[program('tests/recipes/kafka-mock')]} <$fifo"], out => $out,
	err => "$home/kafka.err");
open my $commands, '>', $fifo or die $!;
wait_until { -e $out && slurp($out) =~ /\n/ } 'the mock cluster';
my ($brokers) = slurp($out) =~ /(.*)/;

# What happens to the cluster; its producer finds out by itself.
my $done = 0;

sub cluster {
	for my $command (@_) {
		print {$commands} "$command\n";
		$commands->flush;
		$done++;
		wait_until { (() = slurp($out) =~ /\n/g) > $done } $command;
	}
	return;
}

# Waits until the recipe has given up once more.
my $failures = 0;

sub has_failed { return (() = slurp("$home/drain.log") =~ /kcat failed/g) > $failures }

sub fails_without {
	my $what = shift;
	meanwhile { has_failed() } "a run without $what", 60;
	$failures = () = slurp("$home/drain.log") =~ /kcat failed/g;
	return;
}

local $ENV{KAFKA_TIMEOUT_MS} = 5000;
drain_into(example('kafka'), $brokers, 'users');
goes_on('three brokers');
cluster('leader users 1');
goes_on('the first one leads');

my $leader = 1;
for my $round (1 .. rounds(10)) {
	my $next = $leader % 3 + 1;
	cluster("down $leader");
	fails_without('a leader');
	cluster("leader users $next");
	goes_on("the leader is gone, $round");
	cluster("up $leader");
	goes_on("it is back, $round");

	# It answers no more, as far as the producer is concerned.
	cluster("delay $next 60000");
	fails_without('an answer');
	cluster("leader users $leader");
	goes_on("the leader is frozen, $round");
	cluster("delay $next 0");

	# Replicas that are missing, and a leader that is one no more: not enough for acks=all.
	cluster("error $_", 'error 7') for 19, 20, 6;
	goes_on("too few replicas, $round");
}
has_all('Kafka', sub {
	return `kcat -C -q -e -b $brokers -t users -o beginning` =~ /"\$distinct_id":"(\w+)"/g;
});

done_testing;
