#!/usr/bin/env perl
# to-redis with REDIS_REPLICAS=1, three nodes and three sentinels behind HAProxy: the
# primary is killed and frozen while drain -f hands over.

use strict;
use warnings;
use Test::More;
use Testbed;
use Recipes;
use Nodes;

my $redis = '/usr/bin/redis-server';
-x $redis && -x '/usr/sbin/haproxy' or plan skip_all => 'redis-server and haproxy are not installed';

my $home = folder();
my $front = free_port();
my %nodes = map { $_ => { port => free_port() } } 1 .. 3;
my %sentinels = map { $_ => { port => free_port() } } 1 .. 3;

sub ask {
	my ($node, @command) = @_;
	return `timeout 2 redis-cli -p $node->{port} --raw @command 2>/dev/null`;
}

# A node begins as a replica of the first one, and goes on as what it was.
sub start {
	my $number = shift;
	my $base = "$home/node$number";
	if (!-d $base) {
		mkdir $base;
		spew("$base/redis.conf", join "\n", "port $nodes{$number}{port}", 'bind 127.0.0.1',
			"dir $base", 'save ""', 'appendonly yes', 'appendfsync everysec',
			'min-replicas-to-write 1', 'min-replicas-max-lag 2', 'repl-timeout 5',
			$number == 1 ? '' : "replicaof 127.0.0.1 $nodes{1}{port}", '');
	}
	$nodes{$number}{pid} = spawn([$redis, "$base/redis.conf"], out => "$base.log", err => "$base.log");
	wait_until { ask($nodes{$number}, 'PING') =~ /PONG/ } "Redis $number";
	return;
}
start($_) for 1 .. 3;

for my $number (1 .. 3) {
	my $file = spew("$home/sentinel$number.conf", <<"END");
port $sentinels{$number}{port}
bind 127.0.0.1
dir $home
sentinel monitor users 127.0.0.1 $nodes{1}{port} 2
sentinel down-after-milliseconds users 1000
sentinel failover-timeout users 6000
END
	$sentinels{$number}{pid} = spawn([$redis, $file, '--sentinel'], out => "$home/sentinel.log",
		err => "$home/sentinel.log");
}

# HAProxy leads to a primary that has replicas: docs/recipes.md has this.
my ($backend) = slurp(top() . '/docs/recipes.md') =~ /^```haproxy\n(listen redis.*?)^```/ms;
$backend =~ s/bind \S+/bind 127.0.0.1:$front/;
$backend =~ s/redis$_\.example\.com:6379/127.0.0.1:$nodes{$_}{port}/ or die for 1 .. 3;
spawn(['/usr/sbin/haproxy', '-db', '-f', spew("$home/haproxy.cfg", <<"END")],
defaults
    timeout connect 1s
    timeout client 60s
    timeout server 60s
$backend
END
	out => "$home/haproxy.log", err => "$home/haproxy.log");

sub info { return ask($nodes{ $_[0] }, 'INFO', 'replication') }

# The node on which the sentinels agree.
sub leader {
	my %votes;
	for my $sentinel (values %sentinels) {
		my (undef, $port) = split /\n/, ask($sentinel, 'SENTINEL get-master-addr-by-name users');
		my ($number) = grep { $nodes{$_}{port} == ($port // 0) } keys %nodes;
		$votes{$number}++ if $number;
	}
	my ($leader) = grep { $votes{$_} == 3 } keys %votes;
	return $leader // 0;
}

# A new primary, with a replica that follows it.
sub leads {
	my $not = shift;
	my $leader = leader();
	return $leader && $leader != $not && info($leader) =~ /^role:master.*state=online/ms;
}

# Two replicas, and no second primary.
sub is_whole {
	my $leader = leader();
	return $leader && (() = info($leader) =~ /state=online/g) == 2;
}

wait_until { is_whole() && ask($sentinels{$_}, 'SENTINEL CKQUORUM users') =~ /^OK 3/ } "sentinel $_" for 1 .. 3;

local $ENV{REDIS_REPLICAS} = 1;
local $ENV{REDIS_TIMEOUT} = 3;
drain_into(example('redis'), 'users', '-p', $front);
goes_on('three nodes');

for my $round (1 .. rounds(10)) {
	my $old = leader();
	kill_node($nodes{$old}{pid});
	meanwhile { leads($old) } 'another primary', 60;
	goes_on("the primary is killed, $round");
	start($old);
	meanwhile { is_whole() } 'the node to be back', 60;
	goes_on("it is back, $round");

	$old = leader();
	freeze($nodes{$old}{pid});
	meanwhile { leads($old) } 'another primary', 60;
	goes_on("the primary is frozen, $round");
	thaw($nodes{$old}{pid});
	meanwhile { is_whole() } 'the node to be back', 60;
	goes_on("it is back, $round");
}
has_all('Redis', sub {
	return ask($nodes{ leader() }, 'XRANGE users - +') =~ /"\$distinct_id":"(\w+)"/g;
});

done_testing;
