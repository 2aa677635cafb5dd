#!/usr/bin/env perl
# mixspool once and a big cohort: the memory does not grow with it, and the state is
# small.

use strict;
use warnings;
use Digest::MD5 qw(md5_hex);
use Test::More;
use Testbed;

my $base = folder();
my $state = "$base/state";
my $members = $ENV{SANITIZED} ? 20_000 : 300_000;

# Ids in no order, as UUIDs are, in pages of 1000; in one run, which is the most that
# once can have in hand.
sub id { return md5_hex(shift) =~ s/\A(.{8})(.{4})(.{4})(.{4})/$1-$2-$3-$4-/r }

sub sync {
	my ($session, @ids) = @_;
	my $total = int((@ids + 999) / 1000);
	open my $file, '>', "$base/in" or die $!;
	printf $file '{"$distinct_id":"%s","$properties":{"a":1},"$cohort":{"action":"members",'
	    . '"mixpanel_project_id":"7","mixpanel_cohort_id":"12","mixpanel_session_id":"%s",'
	    . '"page_info":{"total_pages":%d,"page_count":%d}}}' . "\n", $ids[$_], $session, $total,
	    1 + int($_ / 1000) for 0 .. $#ids;
	close $file or die $!;
	spew("$base/out", '');
	my $pid = spawn([program('mixspool'), 'once', $state, '--', 'sh', '-c',
			'grep VmHWM /proc/$PPID/status; wc -l'], in => "$base/in", out => "$base/out");
	is exit_of(reap($pid)), 0, "a sync of @{[scalar @ids]}";
	my ($memory, $lines) = slurp("$base/out") =~ /(\d+) kB\n\s*(\d+)\n/;
	cmp_ok $memory, '<', 64 << 10, "... in $memory kB" if !$ENV{SANITIZED};
	return $lines;
}

my @ids = map { id($_) } 1 .. $members;
is sync('s1', @ids), @ids, '... all enter';
sub check_size {
	my $bytes = (-s $state) / @ids;
	cmp_ok $bytes, '<', 120, sprintf '... %.0f bytes each', $bytes;
	return;
}
check_size();
is sync('s2', reverse(@ids), 'new'), 1, '... and one enters';
check_size();
is sync('s3', @ids[0 .. 99]), @ids - 99, 'nearly all leave';
is +(tool('members', $state, '--count'))[1], "100\n", '... and the rest is in';
done_testing();
