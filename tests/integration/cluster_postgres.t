#!/usr/bin/env perl
# to-postgres and a PostgreSQL with a synchronous standby of two: the primary is killed
# and frozen while drain -f hands over, and a standby is promoted.

use strict;
use warnings;
use Test::More;
use Testbed;
use Recipes;
use Nodes;

my ($bin) = reverse sort glob '/usr/lib/postgresql/*/bin';
$bin && -x "$bin/initdb" or plan skip_all => 'postgresql is not installed';

my $home = folder();
chmod 0755, $home;
my @as = $> == 0 ? ('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--') : ();
my @ports = (undef, map { free_port() } 1 .. 3);
my @pids;
my $data = "$home/postgres";
mkdir $data;
system 'chown', 'postgres:', $data if $> == 0;

sub run {
	system(join ' ', @as, map({"'$_'"} @_), ">>$home/run.log 2>&1") == 0
	    or die "@_: ", slurp("$home/run.log");
	return;
}

# All three, of which the one that takes writes is used.
my $all = 'host=127.0.0.1,127.0.0.1,127.0.0.1 port=' . join(',', @ports[1 .. 3])
    . ' user=growth connect_timeout=2';

sub sql {
	my ($number, $query) = @_;
	return `timeout 5 psql -qAtXw -d 'host=127.0.0.1 port=$ports[$number] user=growth dbname=postgres connect_timeout=2' -c "$query" 2>/dev/null`;
}

sub start {
	my $number = shift;
	my $log = "$home/log$number";
	$pids[$number] = spawn([@as, "$bin/postgres", '-D', "$data/$number", '-p', $ports[$number],
		'-c', "cluster_name=node$number"], out => $log, err => $log);
	wait_until { sql($number, 'SELECT 1') eq "1\n" } "PostgreSQL $number", 60;
	return;
}

# Where a standby finds the primary. It gets no list of hosts: of a list it would wait for
# ever for a node that is frozen, whatever connect_timeout says.
sub primary_is { return "host=127.0.0.1 port=$ports[$_[0]] user=growth" }

# A node anew, as a standby of the primary.
sub clone {
	my ($number, $primary) = @_;
	run('rm', '-rf', "$data/$number");
	run("$bin/pg_basebackup", '-h', '127.0.0.1', '-p', $ports[$primary], '-U', 'growth', '-D',
		"$data/$number", '--no-sync', '-c', 'fast', '-X', 'stream');
	my $settings = "$data/$number/postgresql.auto.conf";
	spew($settings, slurp($settings) . "primary_conninfo = '" . primary_is($primary) . "'\n");
	spew("$data/$number/standby.signal", '');
	start($number);
	return;
}

run("$bin/initdb", '-D', "$data/1", '-A', 'trust', '-U', 'growth', '--no-sync');
spew("$data/1/postgresql.auto.conf", <<"END");
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
shared_buffers = 16MB
wal_keep_size = 256MB
wal_receiver_timeout = 3s
wal_sender_timeout = 3s
wal_retrieve_retry_interval = 500ms
tcp_user_timeout = 3s
synchronous_standby_names = 'ANY 1 (node1, node2, node3)'
END
start(1);
clone($_, 1) for 2, 3;

my $primary = 1;

# How many standbys follow the primary.
sub follow {
	return sql($primary, q(SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming')) || 0;
}
wait_until { follow() == 2 } 'two standbys', 60;
my ($table) = slurp(example('postgres')) =~ /^#\s+(CREATE TABLE.*?;)/ms;
$table =~ s/^#//mg;
sql(1, $table);
# A primary that is frozen keeps its connections: only the limit of drain ends a run there.
drain_into('-t', 3, '--', example('postgres'), "$all dbname=postgres target_session_attrs=read-write");
goes_on('three nodes');

# The standby that has most becomes the primary.
sub promote {
	my @standbys = grep { $_ != $primary } 1 .. 3;
	# What one of them received after the comparison would keep it from following.
	meanwhile { !grep { sql($_, 'SELECT count(*) FROM pg_stat_wal_receiver') ne "0\n" } @standbys }
	    'the end of replication', 60;
	my ($best, $other) = sort { lsn($b) <=> lsn($a) } @standbys;
	sql($best, 'SELECT pg_promote(true, 30)');
	$primary = $best;
	meanwhile {
		sql($other, "ALTER SYSTEM SET primary_conninfo = '" . primary_is($best) . "'");
		sql($other, 'SELECT pg_reload_conf()') eq "t\n";
	} 'the other standby to take its new primary', 60;
	return;
}

sub lsn {
	my $number = shift;
	my $lsn;
	wait_until { ($lsn = sql($number, "SELECT pg_last_wal_receive_lsn() - '0/0'")) =~ /^\d/ } "standby $number";
	return $lsn;
}

for my $round (1 .. rounds(10)) {
	my $old = $primary;
	kill_node($pids[$old]);
	promote();
	meanwhile { follow() >= 1 } 'the other standby', 60;
	goes_on("the primary is killed, $round");
	clone($old, $primary);
	meanwhile { follow() >= 2 } 'the node to be back', 60;

	# Nobody who is not on a standby has left the spool.
	my @standbys = grep { $_ != $primary } 1 .. 3;
	freeze($pids[$_]) for @standbys;
	my $waits = put_batch(spooled(), 'default', user('waits'));
	my $reported = length slurp("$home/drain.log");
	wait_until {
		sql($primary, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
		substr(slurp("$home/drain.log"), $reported) =~ /no standby/;
	} 'a commit that is cancelled while it waits for a standby';
	ok -e spooled() . "/default/new/$waits", "without a standby nobody leaves the spool, $round";
	thaw($pids[$_]) for @standbys;
	meanwhile { follow() >= 2 } 'the standbys', 60;
	goes_on("the standbys are back, $round");

	$old = $primary;
	freeze($pids[$old]);
	promote();
	meanwhile { follow() >= 1 } 'the other standby', 60;
	goes_on("the primary is frozen, $round");
	# It must not wake up as a second primary: what promotes a standby sees to that.
	kill_node($pids[$old]);
	clone($old, $primary);
	meanwhile { follow() >= 2 } 'the node to be back', 60;
}
has_all('PostgreSQL', sub { split /\n/, sql($primary, q(SELECT profile->>'\$distinct_id' FROM users)) });

done_testing;
