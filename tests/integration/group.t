#!/usr/bin/env perl
# Requests that arrive while the disk works share the next commit, and each
# still gets its own answer: more than there are threads.

use strict;
use warnings;
use Test::More;
use Testbed;

my $requests = 32;
my $receiver = receiver(
	args => ['-j', 4],
	env => { LD_PRELOAD => program('tests/faults/slow_disk.so'),
		SLOW_DISK_MS => 200 });

# All are sent before the first answer is read. Request N has N users, and
# every eighth is a bad one.
my @sockets;
for my $n (1 .. $requests) {
	my @users = map { user("r$n-$_") } 1 .. $n;
	$users[-1] = '{}' if $n % 8 == 0;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket,
		fastcgi_records(form('[' . join(',', @users) . ']'), {}));
	push @sockets, $socket;
}
my $total = 0;
for my $n (1 .. $requests) {
	my $answer = fastcgi_answer($sockets[$n - 1]);
	if ($n % 8 == 0) {
		is $answer->{status}, 400, "request $n is refused";
		next;
	}
	is $answer->{text}, 'spooled ' . ($n == 1 ? '1 user' : "$n users")
	    . "\n", "request $n has its own answer";
	$total += $n;
}
my @batches = batches_in($receiver->{spool});
cmp_ok scalar(@batches), '<=', 6,
    "far fewer commits than requests: " . @batches;
my @lines = lines_in($receiver->{spool});
is scalar(@lines), $total, 'every user is there once';
is scalar(keys %{ { map { $_ => 1 } @lines } }), $total, 'none twice';
for my $n (grep { $_ % 8 } 1 .. $requests) {
	my @holding = grep { slurp($_) =~ /"r$n-1"/ } @batches;
	my @own = grep {/"r$n-\d+"/} map { split /^/m, slurp($_) } @holding;
	is scalar(@own), $n, "request $n is whole in one batch"
	    if $n == 1 || $n == 31;
}

stop($receiver->{pid});
done_testing;
