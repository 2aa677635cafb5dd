package Builds;

# The scenarios that compare two builds: this one, called now, and the mixspool.fcgi
# that OLD names, called before.

use strict;
use warnings;
use Bench;
use Callgrind qw(instructions_of_post);
use Contestants qw(body);
use Exporter qw(import);
use List::Util qw(max);
use Testbed;

our @EXPORT_OK = qw(builds builds_to_compare parts);

my $rounds_of = rounds() . ' rounds of ' . seconds() . ' s';

# The programs by their names; only this build if OLD is not set.
sub builds_to_compare {
	my $old = $ENV{OLD};
	die "bench: OLD=$old is not a program\n" if $old && !-x $old;
	return (now => program(), $old ? (before => $old) : ());
}

sub throughput_of_both {
	my ($bench, $result, @connections) = @_;
	for my $connections (@connections) {
		in_turn(['before', 'now'], sub {
			my (undef, $name) = @_;
			my $got = $bench->load($name, connections => $connections);
			$result->add($name, $connections, $got->{rate});
			$result->add($name, "us at $connections",
				$got->{user} + $got->{system});
			$result->add($name, "user us at $connections", $got->{user})
			    if $connections == 64;
		});
	}
	in_turn(['before', 'now'], sub {
		my (undef, $name) = @_;
		my $got = $bench->load($name, connections => 64,
			paths => join ' ', map {"/$name/c$_"} 1 .. 16);
		$result->add($name, '64, 16 campaigns', $got->{rate});
	});
	return;
}

# Of receivers that had no other load: memory that 256 connections took may stay.
sub memory_of_both {
	my $result = shift;
	my $bench = Contestants->new(names => ['before', 'now'], cold => 1);
	in_turn(['before', 'now'], sub {
		my (undef, $name) = @_;
		my @seen;
		$bench->load($name, connections => 64, watch => sub {
			push @seen, (Contestants::memory_of(shift))[0];
		});
		$result->add($name, 'MiB at 64', max @seen);
	});
	return;
}

sub builds {
	my %programs = builds_to_compare();
	$programs{before} or die "bench: builds takes OLD=PATH, the mixspool.fcgi "
	    . "to compare with\n";
	my @connections = split ' ', $ENV{CONNECTIONS} // '1 16 64 256';
	my $result = Bench->new('builds', unit => 'POSTs a second', plot => \@connections,
		title => 'POSTs of 50 users at so many connections, of two builds '
		    . "in turn, $rounds_of",
		note => "In us: a POST's CPU, and its user CPU alone. In MiB: the most "
		    . 'resident memory that was seen. Both builds were made and run on '
		    . 'this machine.');
	my $bench = Contestants->new(names => ['before', 'now']);
	throughput_of_both($bench, $result, @connections);
	memory_of_both($result);
	my %least = (64 => 1.4, 16 => 1.3);
	$result->ratio("throughput at $_ against the build before", 'at least',
		$least{$_} // 0.97, $_, 'now', 'before')
	    for @connections, '64, 16 campaigns';
	$result->ratio('user CPU a POST at 64 connections against the build before',
		'at most', 0.5, 'user us at 64', 'now', 'before')
	    if grep { $_ == 64 } @connections;
	$result->ratio('resident memory at 64 connections against the build before',
		'at most', 1, 'MiB at 64', 'now', 'before');
	return $result;
}

# CPU microseconds in fdatasync and fsync so far, by sync_time.so.
sub sync_us {
	my $text = slurp(shift);
	return unpack('Q', $text) / 1000;
}

# Where a POST's CPU goes: user CPU is split as callgrind counts instructions.
sub parts {
	my %programs = builds_to_compare();
	my @names = sort keys %programs;
	my $result = Bench->new('parts', unit => 'microseconds of CPU a POST',
		style => 'stacked',
		title => "CPU of a POST of 50 users at 64 connections, by part, $rounds_of",
		note => 'Of the receiver alone, without nginx. Kernel and user space are '
		    . 'from /proc; user space is split as callgrind counts the '
		    . 'instructions of a POST; sync is the CPU time inside of '
		    . 'fdatasync and fsync, and kernel is the rest of it.');
	my $posted = slurp(body(50));
	my %counts = map { ($_ => instructions_of_post($programs{$_}, $posted)) } @names;
	my $file = sub { return folder() . "/$_[0].sync" };
	my $bench = Contestants->new(names => \@names, env => sub {
		return { LD_PRELOAD => out() . '/sync_time.so', SYNC_TIME => $file->($_[0]) };
	});
	in_turn(\@names, sub {
		my (undef, $name) = @_;
		my $before = sync_us($file->($name));
		my $got = $bench->load($name, connections => 64);
		my $sync = (sync_us($file->($name)) - $before) / $got->{stored};
		my $of = $counts{$name};
		my $us = $got->{user} / $of->{'whole process'};
		$result->add($name, 'decode', $of->{decoding} * $us);
		$result->add($name, 'judge', $of->{judging} * $us);
		$result->add($name, 'rest of user space',
			($of->{'whole process'} - $of->{both}) * $us);
		$result->add($name, 'kernel', max(0, $got->{system} - $sync));
		$result->add($name, 'sync', $sync);
	});
	return $result;
}

1;
