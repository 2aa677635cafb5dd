#!/usr/bin/env perl
# A spool on NFS 4.2, as docs/durability.md has it: the server loses its power under load,
# as a kernel in user space does that is killed. Each user of a 200 is on the server's disk
# if it exports with sync; with async some are not. The receiver goes on when the server
# is back.

use strict;
use warnings;
use Nfs;
use Test::More;
use Testbed;

my $why = why_no_nfs();
plan skip_all => $why if $why;
my $cuts = ($ENV{PROVE} // '') eq 'full' ? 10 : 1;

sub stored { my %answer = answered($_[0]); return grep { $answer{$_} == 200 } keys %answer }

sub more_stored {
	my ($pair, $count) = @_;
	my $before = () = stored($pair);
	wait_until { stored($pair) >= $before + $count } "$count users", 120;
	return;
}

# What was answered 200 and is not on the disk.
sub lost {
	my ($pair) = @_;
	my @stored = stored($pair);
	my %there = on_disk($pair);
	return grep { !$there{$_} } @stored;
}

my ($pair, $no_kernel) = start_pair('sync');
plan skip_all => $no_kernel if $no_kernel;
more_stored($pair, 30);
for my $cut (1 .. $cuts) {
	kill_kernel($pair, 'server');
	is_deeply [lost($pair)], [], "cut $cut, exported with sync: each user of a 200 is on the server's disk";
	ok start_kernel($pair, 'server'), '... the server comes back';
	more_stored($pair, 10);
}
spew("$pair->{folder}/stop", '');
wait_until { -e "$pair->{folder}/stopped" } 'the last answers', 60;
is slurp("$pair->{folder}/drained"), join('', map { user($_) . "\n" } 1 .. 5), 'a drain on NFS hands over';
is slurp("$pair->{folder}/left"), '', '... and leaves nothing in new/, under no name';
kill_kernel($pair, 'client');
kill_kernel($pair, 'server');
my %answer = answered($pair);
note scalar(keys %answer), ' answers, ', scalar(grep { $answer{$_} == 503 } keys %answer), ' of them 503';
is_deeply [grep { $_ !~ /\A(?:200|503)\z/ } values %answer], [], '... which goes on without another answer than 200 and 503';
is_deeply [lost($pair)], [], '... and in the end each user of a 200 is there';
my %there = on_disk($pair);
is_deeply [grep { !defined $answer{$_} || $there{$_} > 1 } keys %there], [], '... once, and nobody else';

($pair) = start_pair('async');
more_stored($pair, 30);
kill_kernel($pair, 'server');
cmp_ok scalar(lost($pair)), '>', 0, 'exported with async: users of a 200 are lost';
kill_kernel($pair, 'client');

done_testing;
