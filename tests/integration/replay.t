#!/usr/bin/env perl
# mixspool replay: batches of done/ go back to new/, once each, or only the lines about
# some ids; whatever kills it.

use strict;
use warnings;
use AtRest;
use POSIX ();
use Test::More;
use Testbed;

my ($anna, $ben, $cora) = map { user($_) } qw(anna ben cora);
my $base = folder();

sub name_of { return shift =~ s{.*/}{}r }

sub replay {
	my ($spool, @arguments) = @_;
	return [tool('replay', "$spool/default", @arguments)];
}

sub at {
	my ($ago) = @_;
	return POSIX::strftime('%Y%m%dT%H%M%S', gmtime(time - $ago));
}

# Whole batches.
my $spool = make_spool('default');
my ($before) = put_named($spool, 'default', 'done', '20261128T175459', "$anna\n");
my @since = (put_named($spool, 'default', 'done', '20261128T175500', "$anna\n$ben\n"),
	put_named($spool, 'default', 'done', '20261128T175501', "$cora\n"));
my $waits = put_in($spool, 'default', 'new', $ben);
spew("$spool/default/done/notes", "mine\n");
mkdir "$spool/default/new";
is_deeply replay($spool, '--since', '2026-11-28T17:55', '-n'),
    [0, "default: 3 users in 2 batches would be put back in new/\n", ''], '-n says what would be';
is scalar(lines_in($spool)), 1, '... and moves nothing';
ok !-e "$spool/default/lock", '... without the lock';
is_deeply replay($spool, '--since', '2026-11-28T17:55'),
    [0, "default: 3 users in 2 batches back in new/\n", ''], 'batches since a time';
is_deeply [batches_in($spool)], [$waits, map {s{/done/}{/new/}r} @since], '... are in new/';
is_deeply [batches_in($spool, 'default', 'done')], [$before, "$spool/default/done/notes"],
    '... the others, and what is not a batch, stay';
is_deeply replay($spool, '--since', '2026-11-28T17:55'),
    [0, "default: 0 users in 0 batches back in new/\n", ''], '... and again there are none';
is +(tool('drain', '-k', $spool, '--', 'cat'))[1], join('', map {"$_\n"} $ben, $anna, $ben, $cora),
    'drain -k hands them over';
is_deeply replay($spool, '--since', '2026-11-28T17:55:01Z'),
    [0, "default: 1 user in 1 batch back in new/\n", ''], '... and one can be put back again';

# By age; a batch whose name has no day is never young.
$spool = make_spool('default');
put_batch($spool, 'default', $ben);
put_named($spool, 'default', 'done', at(2 * 3600), "$anna\n");
put_named($spool, 'default', 'done', at(60), "$ben\n");
put_named($spool, 'default', 'done', '20269999T000000', "$cora\n");
is_deeply replay($spool, '--since', '1h'), [0, "default: 1 user in 1 batch back in new/\n", ''], 'an age';

# A name that new/ has already.
$spool = make_spool('default');
my $taken = put_in($spool, 'default', 'new', $anna);
mkdir "$spool/default/done";
spew($taken =~ s{/new/}{/done/}r, "$ben\n");
is replay($spool, '--since', '2026-11-01')->[0], 0, 'a name that is taken in new/';
is_deeply [lines_in($spool)], ["$anna\n", "$ben\n"], '... replaces nothing';

# Some ids.
$spool = make_spool('default');
my $done = put_in($spool, 'default', 'done', $anna, member('"b"', '{"$distinct_id":"anna"}'), $ben,
	'{"$distinct_id":"\u0061nna","$properties":{}}');
my $other = put_in($spool, 'default', 'done', $ben);
spew($other, $ben);
put_in($spool, 'default', 'new', $cora);
my $text = slurp($done);
is_deeply replay($spool, '--since', '2026-11-01', 'anna'),
    [0, "default: 3 users in 1 batch back in new/\n", ''], 'the lines about an id';
my ($part) = batches_in($spool);
is slurp($part), "$anna\n" . member('"b"', '{"$distinct_id":"anna"}') . "\n"
    . '{"$distinct_id":"\u0061nna","$properties":{}}' . "\n", '... are a batch';
my $prefix = substr name_of($done), 0, 39;
like name_of($part), qr/^\Q$prefix\E\d{9}-3\.jsonl$/, '... as old as the one that they come from';
is slurp($done), $text, '... which stays in done/';
is sprintf('%04o', (stat $part)[2] & 0777), sprintf('%04o', (stat $done)[2] & 0777), '... with the same mode';
is_deeply [glob "$spool/default/tmp/*"], [], '... and nothing is left in tmp/';
my $ids = spew("$base/ids", "ben\n");
is replay($spool, '--since', '2026-11-01', '--from', $ids)->[1], "default: 2 users in 2 batches back in new/\n",
    'ids from a file, also of a last line without an end';
is replay($spool, '--since', '2026-11-01', 'nobody')->[1], "default: 0 users in 0 batches back in new/\n", 'nobody';

# Wrong use.
for my $case (
	[["$spool/default"], 64, 'no --since given, see -h'], [['--since', '1h'], 64, 'no campaign given, see -h'],
	[[$spool, '--since', '1h'], 64, "$spool is a spool: name a campaign of it, DIR/CAMPAIGN"],
	[["$spool/none", '--since', '1h'], 66, "cannot open $spool/none: No such file or directory"],
	(map { [["$spool/default", '--since', $_], 64, "--since is '$_': it takes an age, as 12h or 2d, or a time in UTC, "
		    . 'as 2026-11-28T17:55'] } '1', 'now', '2026-02-30', '2026-11-28 17:55'),
	[["$spool/default", '--since', '1h', '--wait', 'x'], 64, "--wait is 'x': it takes seconds, or a number with m or h"]) {
	my ($arguments, $status, $message) = @$case;
	is_deeply [tool('replay', @$arguments)], [$status, '', "mixspool replay: $message\n"], "replay @$arguments";
}

# What is not a batch, and what cannot be moved.
$spool = make_spool('default');
put_in($spool, 'default', 'new', $cora);
mkdir "$spool/default/done";
symlink "$base/ids", "$spool/default/done/20261124T000000.000000Z-9f3a1c22-000001-1.jsonl" or die $!;
POSIX::mkfifo("$spool/default/done/20261124T000000.000000Z-9f3a1c22-000002-1.jsonl", 0600) or die $!;
is_deeply replay($spool, '--since', '2026-11-01'), [0, "default: 0 users in 0 batches back in new/\n", ''],
    'links and FIFOs stay';
is_deeply replay($spool, '--since', '2026-11-01', 'ben'), [0, "default: 0 users in 0 batches back in new/\n", ''],
    '... and are not read';
is scalar(batches_in($spool, 'default', 'done')), 2, '... in done/';

# While a drain runs it waits, and gives up.
$spool = make_spool('default');
put_in($spool, 'default', 'done', $anna);
put_batch($spool, 'default', $ben);
my ($drain, $go) = held_drain($spool, 'default', '-q');
is_deeply replay($spool, '--since', '2026-11-01', '--wait', 0), [75, '',
	"mixspool replay: default: process $drain, such as a drain, has its lock; nothing was put back\n"],
    'while a drain runs, without a wait: exit 75';
my $waiter = spawn([program('mixspool'), 'replay', "$spool/default", '--since', '2026-11-01', '--wait', '60'],
	out => "$base/waited");
wait_until { sleeps($waiter) } 'a replay that waits';
is $go->(), 0, 'the drain ends';
is exit_of(reap($waiter)), 0, '... and a replay that waited goes on';
is slurp("$base/waited"), "default: 1 user in 1 batch back in new/\n", '... and puts it back';

# Killed at each system call, each line is somewhere, and a batch that is moved is
# there once. With an id the lines may be in new/ twice after the second time.
my @lines = map { user("k$_") } 1 .. 4;

sub prepare {
	$spool = make_spool('default');
	put_in($spool, 'default', 'done', @lines[0, 1]);
	put_in($spool, 'default', 'done', $lines[2]);
	put_in($spool, 'default', 'new', $lines[3]);
	return $spool;
}
each_kill('replay', sub { return ['replay', prepare() . '/default', '--since', '2026-11-01'] }, sub {
	my @wrong;
	for my $again (0, 1) {
		my ($new, undef, undef, $in_done) = all_lines($spool, 'default');
		my $found = join '', sort @$new, @$in_done;
		push @wrong, "these are there: $found" if $found ne join '', map {"$_\n"} @lines;
		push @wrong, "in done/ stay @$in_done" if $again && @$in_done;
		push @wrong, "again: @{ replay($spool, '--since', '2026-11-01') }[0, 2]"
		    if !$again && replay($spool, '--since', '2026-11-01')->[0] != 0;
	}
	return @wrong;
});
each_kill('replay of an id', sub { return ['replay', prepare() . '/default', '--since', '2026-11-01', 'k2'] }, sub {
	my ($new, undef, undef, $in_done) = all_lines($spool, 'default');
	my @wrong;
	push @wrong, "in done/: @$in_done" if "@$in_done" ne join ' ', map {"$_\n"} @lines[0 .. 2];
	push @wrong, "in new/: @$new" if join('', sort @$new) ne "$lines[3]\n"
	    && join('', sort @$new) ne "$lines[1]\n$lines[3]\n";
	return @wrong;
});

done_testing;
