#!/usr/bin/env perl
# to-nats and a stream with three replicas: the leader is killed and frozen while drain -f
# hands over, and nothing comes twice.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;
use Recipes;
use Nodes;
use Nats;

my ($program) = nats_server() or plan skip_all => 'nats-server and libnats-dev are not installed';
my $home = folder();
my @names = map {"n$_"} 1 .. 3;
my %nodes = map { $_ => { port => free_port(), route => free_port(), http => free_port() } } @names;

sub start {
	my $name = shift;
	my $node = $nodes{$name};
	my $routes = join ', ', map {"\"nats://127.0.0.1:$nodes{$_}{route}\""} @names;
	my $file = spew("$home/$name.conf", <<"END");
server_name: $name
listen: "127.0.0.1:$node->{port}"
http: "127.0.0.1:$node->{http}"
jetstream { store_dir: "$home/$name", max_memory_store: 16M, max_file_store: 256M }
cluster { name: three, listen: "127.0.0.1:$node->{route}", routes: [$routes] }
END
	$node->{pid} = spawn([$program, '-c', $file], out => "$home/$name.log", err => "$home/$name.log");
	return;
}

# What a node knows of JetStream, by its monitoring.
sub known_by {
	my $name = shift;
	my $json = `curl -s -m 2 'http://127.0.0.1:$nodes{$name}{http}/jsz?accounts=1&streams=1'`;
	my $known = eval { decode_json($json) } // {};
	my ($stream) = map { @{ $_->{stream_detail} // [] } } @{ $known->{account_details} // [] };
	return ($known->{meta_cluster}, $stream->{cluster});
}

sub leader {
	my $name = shift;
	my (undef, $stream) = known_by($name);
	return $stream->{leader} // '';
}

# Two followers that have all.
sub is_whole {
	my $leader = leader($_[0]) or return;
	my (undef, $stream) = known_by($leader);
	return (grep { $_->{current} && !$_->{offline} } @{ $stream->{replicas} // [] }) == 2;
}

sub another {
	my $old = shift;
	my ($other) = grep { $_ ne $old } @names;
	meanwhile { leader($other) !~ /^(\Q$old\E)?$/ } 'another leader', 60;
	return $other;
}

start($_) for @names;
wait_until { my ($meta) = known_by('n1'); $meta->{leader} && $meta->{cluster_size} == 3 } 'three nodes', 60;
# A node has 2 seconds to confirm.
local $ENV{NATS_TIMEOUT} = 20;
drain_into(example('nats'), map({"nats://127.0.0.1:$nodes{$_}{port}"} @names), 'users');
meanwhile { is_whole('n1') } 'the stream', 60;
is nats_ask($nodes{n1}{port}, 'STREAM.INFO.users')->{config}{num_replicas}, 3,
    'the recipe has made a stream with three replicas';
goes_on('three nodes');

for my $round (1 .. rounds(10)) {
	my $old = leader('n1');
	kill_node($nodes{$old}{pid});
	my $other = another($old);
	goes_on("the leader is killed, $round");
	start($old);
	meanwhile { is_whole($other) } 'the node to be back', 60;
	goes_on("it is back, $round");

	$old = leader('n1');
	freeze($nodes{$old}{pid});
	$other = another($old);
	goes_on("the leader is frozen, $round");
	thaw($nodes{$old}{pid});
	meanwhile { is_whole($other) } 'the node to be back', 60;
	goes_on("it is back, $round");
}
my $repeats = has_all('NATS', sub {
	return map { /"\$distinct_id":"(\w+)"/ } nats_messages($nodes{ leader('n1') }{port}, 'users');
});
is $repeats, 0, '... once';

done_testing;
