#!/usr/bin/env perl
# No byte of a 200 leaves before the batch's fdatasync, its rename and the fsync
# of new/ have returned 0: as the kernel saw it, in FastCGI and in CGI.

use strict;
use warnings;
use Test::More;
use Testbed;

my $calls = 'trace=openat,writev,write,fdatasync,fsync,renameat,close,mkdirat';

# The trace as one line a call, unfinished ones joined with their ends.
sub calls_of {
	my $trace = shift;
	my (%unfinished, @calls);
	for my $line (split /\n/, slurp($trace)) {
		my ($thread, $call) = $line =~ /^(\d+) +(.*)/ or next;
		if ($call =~ s/ <unfinished \.\.\.>$//) {
			$unfinished{$thread} = $call;
			next;
		}
		$call =~ s/^<\.\.\. \w+ resumed>/delete $unfinished{$thread}/e;
		push @calls, $call;
	}
	return @calls;
}

sub index_of {
	my ($what, @calls) = @_;
	for my $i (0 .. $#calls) {
		return $i if $calls[$i] =~ $what;
	}
	return -1;
}

sub check_order {
	my ($name, $trace) = @_;
	my @calls = calls_of($trace);
	my ($batch, $file);
	for (@calls) {
		($batch, $file) = ($1, $2)
		    if /^openat\(\d+, "([^"]+\.jsonl)", .*O_EXCL.*\) = (\d+)$/;
	}
	ok $batch, "$name: a batch was made" or return;
	my ($new) = map {/renameat\(\d+, "\Q$batch\E", (\d+), /} @calls;
	my @order = (
		['writev', qr/^writev\($file, .*\) = [1-9]/],
		['fdatasync', qr/^fdatasync\($file\) += 0$/],
		['renameat', qr/^renameat\(\d+, "\Q$batch\E", .*\) += 0$/],
		['fsync of new/', qr/^fsync\($new\) += 0$/],
		['the answer', qr/^write\(\d+, ".*Status: 200/],
	);
	my $before = -1;
	for my $step (@order) {
		my $at = index_of($step->[1], @calls);
		cmp_ok $at, '>', $before, "$name: $step->[0] returned in turn";
		$before = $at;
	}
	note map {"$calls[$_]\n"} grep { $calls[$_] =~ /jsonl|sync|Status/ }
	    0 .. $#calls;
	return;
}

my $trace = folder() . '/fastcgi.trace';
my $receiver = receiver(
	wrapper => ['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200']);
is fastcgi($receiver->{socket}, form('[' . user('a') . ']'))->{status}, 200,
    'FastCGI answers 200';
kill 'TERM', -$receiver->{pid};
reap($receiver->{pid});
check_order('FastCGI', $trace);

$trace = folder() . '/cgi.trace';
my $body = form('[' . user('a') . ']');
my $spool = make_spool();
my $pid = spawn(['strace', '-f', '-o', $trace, '-e', $calls, '-s', '200',
		program()],
	in => spew(folder() . '/body', $body), out => folder() . '/out',
	env => { MIXSPOOL_DIR => $spool, REQUEST_METHOD => 'POST',
		CONTENT_TYPE => 'application/x-www-form-urlencoded',
		CONTENT_LENGTH => length $body });
is reap($pid), 0, 'CGI exits 0';
check_order('CGI', $trace);

# The folders' own names are durable too before the first answer.
my @calls = calls_of($trace);
my $made = index_of(qr/^mkdirat\(\d+, "new"/, @calls);
my $synced = index_of(qr/^fsync\(\d+\) += 0$/, @calls);
my $batch = index_of(qr/O_EXCL/, @calls);
ok $made >= 0 && $made < $synced && $synced < $batch,
    'a new campaign is on disk before its first batch';

done_testing;
