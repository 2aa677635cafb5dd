#!/usr/bin/env perl
# A command that exits with 0 and has not read all of its input has taken nothing,
# however small the run is; one that has read all of it has taken all.

use strict;
use warnings;
use Test::More;
use Testbed;

my $spool = make_spool(qw(default));
my ($status, $out, $err);

sub refill {
	unlink batches_in($spool);
	put_batch($spool, 'default', @$_) for @_;
	return;
}

sub drain {
	my @command = @_;
	($status, $out, $err) = tool('drain', '-t', '60s', $spool, '--', @command);
	return $status;
}

sub has_program { return !system "command -v $_[0] >/dev/null" }

# Runs from 130 bytes to 3 MB; the commands stop before the last line.
my %runs = (
	'2 users' => [[user(1)], [user(2)]],
	'100 users, 7 KB' => [map { [user($_)] } 1 .. 100],
	'900 users, 70 KB' => [[map { user($_) } 1 .. 900]],
	'900 users, 350 KB' => [[map { user($_ . 'x' x 150) } 1 .. 900]],
	'1200 users, 480 KB' => [map { [map { user($_ . 'x' x 150) } 1 .. 400] } 1 .. 3],
	'4 users, 3 MB' => [map { [user($_ . 'x' x 400_000)] } 1 .. 4],
);
my @stops = (
	[qw(head -n 1)], [qw(head -c 10)], [qw(sed 1q)], [qw(grep -m1 distinct_id)],
	['sh', '-c', 'read -r line'],
	['sh', '-c', 'head -n $((MIXSPOOL_USERS - 1))'],
	['perl', '-e', 'print scalar <>'],
	['perl', '-e', 'sysread STDIN, $x, 1 << 20'], ['python3', '-c', 'input()'],
	['python3', '-c', 'import sys; print(sys.stdin.readline())'],
	['php', '-r', 'fgets(STDIN);'], ['ruby', '-e', 'gets'],
	['node', '-e', 'process.stdin.once("data", () => process.exit(0))'],
	['dd', 'bs=64k', 'count=1', 'status=none'], ['true'],
);
for my $command (@stops) {
	SKIP: {
		skip "there is no $command->[0]", 1 if !has_program($command->[0]);
		my @wrong;
		for my $run (sort keys %runs) {
			refill(@{ $runs{$run} });
			push @wrong, "$run: $status $err" if drain(@$command) != 75
			    || batches_in($spool) != @{ $runs{$run} }
			    || $err !~ /exited with 0 but did not read all of its input/;
		}
		is_deeply \@wrong, [], "@$command: nothing is taken";
	}
}

# mawk fills a buffer before it looks at the first line: of 4 KB in Debian 12, of more in
# Debian 13.
refill(@{ $runs{'4 users, 3 MB'} });
is drain('awk', 'NR==1{print;exit}'), 75, 'awk of more than its buffer: exit 75';
is scalar(batches_in($spool)), 4, '... nothing is taken';

# All is read, each in its way.
my @takes = (
	['cat'], ['sh', '-c', 'while read -r line; do :; done'],
	['sh', '-c', 'head -n $MIXSPOOL_USERS'], ['tac'], [qw(tail -n 1)], [qw(wc -l)],
	[qw(dd bs=1M iflag=fullblock status=none)],
	['sh', '-c', 'cat | sort | cat'], ['perl', '-e', '1 while <>'],
	['perl', '-e', 'for (1 .. $ENV{MIXSPOOL_USERS}) { <> }'],
	['python3', '-c', 'import sys; sys.stdin.read()'],
	['node', '-e', 'process.stdin.resume()'],
);
for my $command (@takes) {
	SKIP: {
		skip "there is no $command->[0]", 1 if !has_program($command->[0]);
		my @wrong;
		for my $run (sort keys %runs) {
			refill(@{ $runs{$run} });
			push @wrong, "$run: $status $err"
			    if drain(@$command) != 0 || batches_in($spool);
		}
		is_deeply \@wrong, [], "@$command: all is taken";
	}
}

# A run of one line needs no more than a read of it.
for my $command (['head', '-n', 1], ['perl', '-e', 'print scalar <>']) {
	refill([user(1)]);
	is_deeply [drain(@$command), $err], [0, ''], "@$command: one line is taken";
}

# Each line comes whole and in order, whatever the sizes of lines and pipes are.
my $taken = folder() . '/taken';
my @sizes = (0, 1, 4000, 4095, 4096, 4097, 8192, 16384, 65536, 262144, 1_100_000);
my @wrong;
for my $first (@sizes) {
	for my $last (@sizes) {
		my @lines = map { 'x' x $_ . "-$_" } $first, 7, $last;
		refill([@lines[0, 1]], [$lines[2]]);
		drain('sh', '-c', "cat >$taken");
		push @wrong, "$first $last: $status $err"
		    if $status != 0 || slurp($taken) ne join '', map {"$_\n"} @lines;
	}
}
is_deeply \@wrong, [], 'lines of any size come as they are';

done_testing;
