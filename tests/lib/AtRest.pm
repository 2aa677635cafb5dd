package AtRest;

# What the tests of cat, replay, expire and forget share: batches in each folder of a
# campaign, and a command that is killed at each of its system calls.

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Testbed;

our @EXPORT = qw(put_in aside member put_named all_lines each_kill held_drain);

# A batch as put_batch makes it, in any folder of a campaign: its path.
sub put_in {
	my ($spool, $campaign, $state, @lines) = @_;
	my $name = put_batch($spool, $campaign, @lines);
	my $path = "$spool/$campaign/$state/$name";
	mkdir "$spool/$campaign/$state";
	$state eq 'new' or rename "$spool/$campaign/new/$name", $path or die "$path: $!";
	return $path;
}

# A batch with any time, such as 20261128T175500, and any text: its path.
my $named = 0;

sub put_named {
	my ($spool, $campaign, $state, $time, $text) = @_;
	my $path = sprintf '%s/%s/%s/%s.000000Z-9f3a1c22-%06d-%d.jsonl', $spool, $campaign,
	    $state, $time, 500_000 + $named++, $text =~ tr/\n//;
	mkdir "$spool/$campaign/$state";
	return spew($path, $text);
}

sub aside { return qq({"why":"no \$properties","index":3,"element":$_[0]}) }

sub member {
	my ($id, $member) = @_;
	return qq({"\$distinct_id":$id,"\$properties":$member,"\$cohort":{"action":"members"}});
}

# The lines of each folder of a campaign, in the order of new, failed, aside, done.
sub all_lines {
	my ($spool, $campaign) = @_;
	return map { [lines_in($spool, $campaign, $_)] } qw(new failed aside done);
}

# A drain that holds the lock of a campaign and reads its batches, until it is told to
# go on. Returns what ends it, and its exit status.
sub held_drain {
	my ($spool, $campaign, @options) = @_;
	my $base = folder();
	unlink "$base/go", "$base/runs";
	POSIX::mkfifo("$base/go", 0600) or die $!;
	my $drain = spawn([program('mixspool'), 'drain', @options, "$spool/$campaign", '--', 'sh', '-c',
			"cat >>$base/handed-over; echo >$base/runs; read -r go <$base/go"]);
	wait_until { -e "$base/runs" } 'a drain that runs';
	return ($drain, sub { spew("$base/go", "on\n"); return exit_of(reap($drain)) });
}

# Runs a command of mixspool, killed as it enters each system call that it makes once
# it has opened something of the spool, in turn. PREPARE makes the spool anew and
# returns its arguments; CHECK gets the name of the call, and returns what is wrong.
sub each_kill {
	my ($name, $prepare, $check) = @_;
	my $trace = folder() . '/kill.trace';
	if (system('strace -o /dev/null true 2>/dev/null') != 0) {
	SKIP: { skip 'strace does not work here', 1 }
		return;
	}
	my $run = sub {
		my ($arguments, @options) = @_;
		my $pid = spawn(['strace', '-o', $trace, @options, program('mixspool'), @$arguments],
			out => '/dev/null', err => '/dev/null');
		return exit_of(reap($pid));
	};
	my $status = $run->($prepare->());
	is $status, 0, "$name: exit 0 when nobody kills it";
	my (%seen, @calls);
	my $begun = 0;
	for (split /\n/, slurp($trace)) {
		my ($call) = /^(\w+)\(/ or next;
		$seen{$call}++;
		$begun ||= /^openat\(AT_FDCWD, "[^"]*spool\d/;
		push @calls, [$call, $seen{$call}] if $begun && $call ne 'exit_group';
	}
	my @wrong;
	for (@calls) {
		my ($call, $nth) = @$_;
		my $arguments = $prepare->();
		$status = $run->($arguments, '-e', "inject=$call:signal=KILL:when=$nth");
		push @wrong, "$call $nth: exit $status" if $status != 137;
		push @wrong, map {"$call $nth: $_"} $check->();
	}
	cmp_ok scalar(@calls), '>', 20, "$name: killed at each of " . @calls . ' system calls';
	is scalar(@wrong), 0, '... and nothing is wrong' or diag join "\n", @wrong;
	return;
}

1;
