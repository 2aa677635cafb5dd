package Loads;

# The scenarios that send a load to each contestant, or to mixspool alone.

use strict;
use warnings;
use Bench;
use Contestants qw(body decoded);
use Exporter qw(import);
use JSON::PP qw(decode_json);
use Peers qw(@durable @quick @all);
use Testbed;

our @EXPORT_OK = qw(throughput single latency cpu memory group campaigns);

my $rounds_of = rounds() . ' rounds of ' . seconds() . ' s';
my $mixspool = $durable[0];
my $php = 'PHP-FPM, fdatasync';
my @durable_peers = grep { $_ ne $php } @durable[1 .. $#durable];
my @quick_peers = grep { $_ ne 'PHP-FPM' } @quick;
my %aimed_at = map { ($_ => 1) } $mixspool, $php, 'empty responder', 'storage';
my %is_durable = map { ($_ => 1) } @durable;

sub size_of { return sprintf '%.0f KB', (-s body(shift)) / 1000 }

# POSTs a second of those that ->($round, $name, $connections) chooses.
sub rates {
	my ($result, $users, $chooses, @connections) = @_;
	my $bench = Contestants->new;
	for my $connections (@connections) {
		in_turn(\@all, sub {
			my ($round, $name) = @_;
			# A line of the log is a POST.
			return if $name eq 'nginx log' && $users != 50;
			return unless $chooses->($round, $name, $connections);
			my $got = $bench->load($name, users => $users,
				connections => $connections);
			$result->add($name, $connections, $got->{rate});
		});
	}
	return;
}

sub throughput {
	my $result = Bench->new('throughput', unit => 'POSTs a second',
		# The same work, or the plot shows nothing else.
		unplotted => [@quick, 'nginx log', 'empty responder'],
		style => 'curves',
		title => 'POSTs of 50 users (' . size_of(50) . ') at so many '
		    . "connections, $rounds_of",
		note => 'Without ", fdatasync" the users are left to the kernel, '
		    . 'and a 200 says nothing about the disk. The log of nginx '
		    . 'and the empty responder are not the same work: neither '
		    . 'reads the JSON, the second stores nothing. At 64 connections '
		    . 'all take part in each round; elsewhere only what a '
		    . 'target names does, and the others with fdatasync in '
		    . 'three.');
	rates($result, 50, sub {
		my ($round, $name, $connections) = @_;
		return $connections == 64 || $aimed_at{$name}
		    || $is_durable{$name} && $round < 3;
	}, split ' ', $ENV{CONNECTIONS} // '1 16 64 256');
	$result->ratio('durable throughput at 64 connections against PHP-FPM with '
		    . 'fdatasync', 'at least', 4.5, 64, $mixspool, $php);
	$result->ratio('durable throughput at 64 connections against the empty '
		    . 'responder', 'at least', 0.6, 64, $mixspool, 'empty responder');
	my $best = $result->best(64, @durable_peers);
	$result->ratio("durable throughput against the best of the others with "
		    . "fdatasync ($best)", 'at least', 2, 64, $mixspool, $best);
	$result->ratio('durable throughput against PHP-FPM without fdatasync',
		'at least', 1.2, 64, $mixspool, 'PHP-FPM');
	$best = $result->best(64, @quick_peers);
	$result->ratio("durable throughput against the best of the others without "
		    . "fdatasync ($best)", 'at least', 1.4, 64, $mixspool, $best);
	return $result;
}

sub single {
	my $result = Bench->new('single', unit => 'POSTs a second',
		title => 'POSTs of 1 user (' . (-s body(1)) . ' bytes) at so many '
		    . "connections, $rounds_of");
	rates($result, 1, sub { return $_[1] eq $mixspool || $_[0] < 3 }, 64);
	return $result;
}

sub memory {
	my $result = Bench->new('memory', unit => 'MiB',
		title => 'Resident memory at 64 connections of 50 users, the most '
		    . "that was seen, $rounds_of", plot => ['resident MiB'],
		note => 'Of all processes of a contestant; what they share is '
		    . 'counted for each. The log of nginx is nginx itself.');
	my $bench = Contestants->new(cold => 1);
	in_turn(\@all, sub {
		my (undef, $name) = @_;
		my ($most, $threads) = (0, 0);
		$bench->load($name, connections => 64, watch => sub {
			my ($now, $threads_now) = Contestants::memory_of(shift);
			$most = $now if $now > $most;
			$threads = $threads_now if $threads_now > $threads;
		});
		$result->add($name, 'resident MiB', $most);
		$result->add($name, 'threads', $threads);
	}, $ENV{ROUNDS} // 2);
	$result->target('resident memory at 64 connections of 50 users',
		'less than', 16, $result->middle($mixspool, 'resident MiB'),
		'MiB');
	return $result;
}

# mixspool send keeps to a rate, wrk does not.
sub at_rate {
	my ($url, $rate) = @_;
	my ($status, $out, $err) = tool('send', '--json', '--retries', 0, '-j', 16,
		'--sample', 50, '--rate', $rate, '--repeat',
		$rate * 4 * seconds(), $url);
	die "send: $err" if $status;
	return decode_json($out)->{answer_ms};
}

sub latency {
	my $rate = $ENV{RATE} // 50;
	my $result = Bench->new('latency', unit => 'ms', logarithmic => 1,
		title => "The time to the answer for 50 users, $rounds_of",
		note => "At 1 connection as wrk measures it; at $rate POSTs a second "
		    . 'as `mixspool send --rate` does, 3 rounds of four times '
		    . 'as long; webhook cannot keep up with it. Storage is a batch of 50 '
		    . 'users put on disk by a program that does nothing else.');
	my $bench = Contestants->new;
	my ($json, $lines) = decoded(50);
	my $storage = make_spool('tmp', 'new');
	in_turn([@all, 'storage'], sub {
		my ($round, $name) = @_;
		if ($name eq 'storage') {
			my (undef, $us) = split ' ', run_text(out() . '/storage',
				$storage, $lines, seconds());
			$result->add($name, 'median, 1 connection', $us / 1000);
			unlink glob "$storage/new/*";
			system 'sync', '-f', $storage;
			return;
		}
		return if $round > 2 && !$aimed_at{$name};
		my $got = $bench->load($name, connections => 1);
		$result->add($name, 'median, 1 connection', $got->{p50} / 1000);
		# Enough for the one in a hundred, and for webhook too many.
		return if $round > 2 || $name eq 'webhook';
		$got = at_rate($bench->url($name), $rate);
		Contestants::clean($bench->{by_name}{$name});
		$result->add($name, "median, $rate a second", $got->{median});
		$result->add($name, "99 %, $rate a second", $got->{p99});
	});
	my $column = 'median, 1 connection';
	$result->target('median at 1 connection against storage and the empty '
		    . 'responder together', 'at most', 1.2,
		$result->middle($mixspool, $column) /
		    ($result->middle('storage', $column) +
			$result->middle('empty responder', $column)));
	$result->ratio('median at 1 connection against PHP-FPM with fdatasync',
		'at most', 1, $column, $mixspool, $php);
	return $result;
}

sub cpu {
	my $result = Bench->new('cpu', unit => 'microseconds of CPU a POST',
		title => "CPU time of a POST of 50 users at 64 connections, $rounds_of",
		plot => [qw(user system)], rows => [@all, 'parsing'],
		note => 'Of the processes of the contestant alone, without nginx, '
		    . 'from /proc. Parsing is jansson alone reading the JSON '
		    . 'of that body once; the log of nginx is nginx itself.');
	my $bench = Contestants->new;
	my ($json) = decoded(50);
	# The peers are there for comparison: one round.
	in_turn([@all[1 .. $#all]], sub {
		my (undef, $name) = @_;
		my $got = $bench->load($name, connections => 64);
		$result->add($name, $_, $got->{$_}) for qw(user system);
	}, 1);
	in_turn([$mixspool, 'parsing'], sub {
		my (undef, $name) = @_;
		if ($name eq 'parsing') {
			my (undef, $us) = split ' ', run_text(out() . '/parsing',
				$json, seconds());
			$result->add($name, 'user', $us);
			return;
		}
		my $got = $bench->load($name, connections => 64);
		$result->add($name, $_, $got->{$_}) for qw(user system);
	});
	$result->ratio("the handler's user CPU a POST against jansson alone",
		'at most', 1.25, 'user', $mixspool, 'parsing');
	return $result;
}

sub group {
	my $result = Bench->new('group', unit => 'POSTs a commit',
		title => "POSTs of 50 users that share a commit, $rounds_of");
	my $bench = Contestants->new(names => [$mixspool]);
	for my $connections (1, 16, 64, 256) {
		in_turn([$mixspool], sub {
			my $got = $bench->load($mixspool,
				connections => $connections);
			$result->add("$connections connections",
				'POSTs a commit',
				$got->{stored} / $got->{batches});
		});
	}
	$result->target('commits a POST at 64 connections', 'at most', '0.0833',
		1 / $result->middle('64 connections', 'POSTs a commit'),
		'commits');
	return $result;
}

# wrk takes the paths of two campaigns in turn, or twice that of one.
sub campaigns {
	my $result = Bench->new('campaigns', unit => 'POSTs a second',
		title => "POSTs of 50 users to one campaign, and to two at once, at 64 "
		    . "connections, $rounds_of");
	my $spool = make_spool(map { ($_, "$_/tmp", "$_/new") } qw(one two));
	my $bench = Contestants->new(names => [$mixspool], spool => $spool);
	my %paths = ('one campaign' => '/mixpanel/one /mixpanel/one',
		'two campaigns' => '/mixpanel/one /mixpanel/two');
	in_turn([sort keys %paths], sub {
		my (undef, $name) = @_;
		my $got = $bench->load($mixspool, connections => 64,
			paths => $paths{$name});
		$result->add($name, 'POSTs a second', $got->{rate});
	});
	return $result;
}

1;
