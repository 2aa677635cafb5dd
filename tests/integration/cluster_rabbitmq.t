#!/usr/bin/env perl
# to-rabbitmq and a quorum queue on three nodes: the leader is killed, started again and
# frozen while drain -f hands over.

use strict;
use warnings;
use IO::Socket::INET;
use Test::More;
use Testbed;
use Recipes;
use Nodes;

my $sbin = '/usr/lib/rabbitmq/bin';
-x "$sbin/rabbitmq-server" && -x '/usr/bin/amqp-get'
    or plan skip_all => 'rabbitmq-server and amqp-tools are not installed';

($ENV{PROVE} // '') eq 'full' or plan skip_all => 'three nodes of Erlang take minutes: make prove runs it';

my $home = folder();
my ($epmd, %nodes) = (free_port());
my @names = map {"m$_-$$"} 1 .. 3;
spew("$home/.erlang.cookie", "mixspool$$");
chmod 0400, "$home/.erlang.cookie";
for my $name (@names) {
	my $base = "$home/$name";
	my ($port, $distribution) = (free_port(), free_port());
	mkdir $base;
	spew("$base/rabbitmq.conf", join "\n", 'cluster_partition_handling = pause_minority',
		'net_ticktime = 10',
		'cluster_formation.peer_discovery_backend = classic_config',
		map({ "cluster_formation.classic_config.nodes.$_ = $names[$_ - 1]\@localhost" } 1 .. 3), '');
	$nodes{$name} = {
		port => $port,
		url => "amqp://guest:guest\@127.0.0.1:$port/%2F",
		log => "$base.log",
		env => { HOME => $home, RABBITMQ_NODENAME => "$name\@localhost",
			RABBITMQ_NODE_PORT => $port, RABBITMQ_DIST_PORT => $distribution,
			RABBITMQ_NODE_IP_ADDRESS => '127.0.0.1', RABBITMQ_MNESIA_BASE => "$base/data",
			RABBITMQ_LOG_BASE => $base, RABBITMQ_PID_FILE => "$base/pid",
			ERL_EPMD_PORT => $epmd, ERL_EPMD_ADDRESS => '127.0.0.1',
			# One thread of each kind: three nodes share the machine.
			RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS => '+S 1:1 +sbwt none',
			RABBITMQ_CTL_ERL_ARGS => '+S 1:1', RABBITMQ_CONF_ENV_FILE => '/dev/null',
			RABBITMQ_CONFIG_FILE => "$base/rabbitmq",
			RABBITMQ_ENABLED_PLUGINS_FILE => "$base/plugins" } };
}

sub start {
	my $node = shift;
	$node->{pid} = spawn(["$sbin/rabbitmq-server"], env => $node->{env},
		out => $node->{log}, err => $node->{log});
	return;
}

sub control {
	my ($name, @command) = @_;
	my $base = "$home/control";
	spew("$base.$_", '') for qw(out err);
	my $status = reap(spawn(["$sbin/rabbitmqctl", '-q', @command], env => $nodes{$name}{env},
			out => "$base.out", err => "$base.err"), 90);
	return $status == 0 ? slurp("$base.out") : '';
}

# The node that leads, as another one knows it.
sub leader {
	my $name = shift;
	my ($leader) = control($name, 'eval', q(ra_leaderboard:lookup_leader('%2F_users').))
	    =~ /(m\d-$$)\@localhost/;
	return $leader // '';
}

sub others { return grep { $_ ne $_[0] } @names }

# All three keep the queue.
sub are_three {
	return control($names[0], 'eval', q([N || {_, N} <- element(2, ra:members({'%2F_users', node()})),
	pong =:= net_adm:ping(N), is_pid(rpc:call(N, erlang, whereis, ['%2F_users']))].))
	    =~ /^\[[^\[\],]+(,[^\[\],]+){2}\]/;
}

start($nodes{ $names[0] });
wait_until { -e $nodes{ $names[0] }{log} && slurp($nodes{ $names[0] }{log}) =~ /Starting broker\.\.\./ }
    'the first node', 90;
start($_) for @nodes{ @names[1, 2] };
wait_until { control($names[0], 'eval', 'length([N || N <- [node() | nodes()], rpc:call(N, rabbit, is_running, [])]).')
	    eq "3\n" }
    'three nodes', 120;

# A node has 1 second to accept a connection, and 3 to confirm.
local $ENV{RABBITMQ_TIMEOUT} = 18;
drain_into(example('rabbitmq'), map({ $nodes{$_}{url} } @names), 'users');
meanwhile { are_three() } 'the queue on three nodes', 60;
like control($names[0], qw(list_queues name type durable)), qr/^users\tquorum\ttrue$/m,
    'the recipe has made a quorum queue';
goes_on('three nodes');

for my $round (1 .. rounds(2)) {
	my $old = leader($names[0]);
	my ($other) = others($old);
	kill_node($nodes{$old}{pid});
	meanwhile { leader($other) !~ /^(\Q$old\E)?$/ } 'another leader', 60;
	goes_on("the leader is killed, $round");
	start($nodes{$old});
	meanwhile { are_three() } 'the node to be back', 120;
	goes_on("it is back, $round");

	$old = leader($names[0]);
	($other) = others($old);
	freeze($nodes{$old}{pid});
	meanwhile { leader($other) !~ /^(\Q$old\E)?$/ } 'another leader', 60;
	goes_on("the leader is frozen, $round");
	thaw($nodes{$old}{pid});
	meanwhile { are_three() } 'the node to be back', 120;
}
has_all('RabbitMQ', sub {
	my $url = $nodes{ $names[0] }{url};
	my @there;
	open my $messages, '-|', '/usr/bin/python3', '-c', <<"END" or die 'python3';
import pika
channel = pika.BlockingConnection(pika.URLParameters("$url")).channel()
while (message := channel.basic_get("users", auto_ack=True))[0]:
    print(message[2].decode())
END
	push @there, map { /"\$distinct_id":"(\w+)"/ } <$messages>;
	return @there;
});

kill_node($_->{pid}) for values %nodes;
system "ERL_EPMD_PORT=$epmd epmd -kill >/dev/null 2>&1";
done_testing;
