#!/usr/bin/env perl
# mixspool expire: removes batches that are old enough by their names, from done/,
# failed/ and aside/, and nothing else.

use strict;
use warnings;
use AtRest;
use POSIX ();
use Test::More;
use Testbed;

my ($anna, $ben) = map { user($_) } qw(anna ben);
my $base = folder();
my $day = 86400;

sub at { return POSIX::strftime('%Y%m%dT%H%M%S', gmtime(time - shift)) }
sub expire { return [tool('expire', @_)] }

sub files { return join ' ', map {s{.*/(\w+/\w+/)}{$1}r} sort grep { !/lock$/ } map { glob "$_[0]/*/$_/*" } qw(new tmp failed aside done) }

# Each folder by its own age, in all campaigns.
my $spool = make_spool(qw(default vip));
put_in($spool, $_, 'new', $ben) for qw(default vip);
my %path;
for my $state (qw(done failed aside new tmp)) {
	$path{"$state$_"} = put_named($spool, 'default', $state, at($_ * $day), "$anna\n$ben\n") for 5, 29, 31, 91;
}
my $vip = put_named($spool, 'vip', 'done', at(40 * $day), "$anna\n$ben");
spew("$spool/default/done/notes", "mine\n");
utime 0, 0, $path{done5};
utime time, time, $path{done31};
my $size = -s $path{done31};
my $before = files($spool);
is_deeply expire('-n', $spool, '--done', '30d'), [0, 'default: would remove 2 batches of done/, 4 users, ' . 2 * $size
	. " bytes\nvip: would remove 1 batch of done/, 2 users, " . ($size - 1) . " bytes\n", ''], '-n says what would go';
is files($spool), $before, '... and removes nothing';
ok !-e "$spool/default/lock", '... without the lock';
is_deeply expire("$spool/default", '--done', '30d', '--failed', '90d', '--aside', '4d'), [0,
	'default: removed 2 batches of done/, 4 users, ' . 2 * $size . " bytes\n"
	    . 'default: removed 4 batches of aside/, 8 elements, ' . 4 * $size . " bytes\n"
	    . "default: removed 1 batch of failed/, 2 users, $size bytes\n", ''], 'three folders';
delete @path{qw(done31 done91 aside5 aside29 aside31 aside91 failed91)};
is_deeply [grep { !-e } values %path], [], '... leaves what is younger by its name, whatever its time, and all of new/ and tmp/';
is_deeply [sort map {"$spool/default/$_"} files($spool) =~ m{default/((?:done|failed|aside)/2\S+)}g],
    [sort grep {m{/(done|failed|aside)/}} values %path], '... and nothing else of the three';
ok -e $vip && -e "$spool/default/done/notes", '... nor of another campaign, nor what is not a batch';
is_deeply expire($spool, '--done', '30d'), [0, "default: removed 0 batches of done/, 0 users, 0 bytes\n"
	. "vip: removed 1 batch of done/, 2 users, " . ($size - 1) . " bytes\n", ''], 'all campaigns; a last line without an end counts';
is_deeply expire("$spool/default", "$spool/vip", '--failed', '1s')->[0], 0, 'two paths';
is scalar(batches_in($spool, 'default', 'failed')), 0, '... and everything of failed/';

# A name that has no day, or one that is to come, keeps its batch.
my $odd = make_spool('default');
put_in($odd, 'default', 'new', $ben);
put_named($odd, 'default', 'done', $_, "$anna\n") for '20269999T000000', '20260230T000000', at(-$day), '00000000T000000';
is expire($odd, '--done', '0s')->[1], "default: removed 0 batches of done/, 0 users, 0 bytes\n", 'a name without a day, and one to come';

# What is not a file stays, and is named; nothing is followed.
my $secret = spew("$base/secret", "$anna\n");
my @names = map {"20200101T000000.000000Z-9f3a1c22-00000$_-1.jsonl"} 1 .. 5;
symlink $secret, "$odd/default/done/$names[0]" or die $!;
POSIX::mkfifo("$odd/default/done/$names[1]", 0600) or die $!;
mkdir "$odd/default/done/$names[2]" or die $!;
spew("$odd/default/done/$names[3]", "$anna\n$ben\n");
link $secret, "$odd/default/done/$names[4]" or die $!;
chmod 0, "$odd/default/done/$names[3]";
my ($status, $out, $err) = @{ expire($odd, '--done', '30d') };
is $status, 75, 'links, FIFOs and folders: exit 75';
is $err, join('', map {"mixspool expire: default: cannot remove done/$_: it is not a regular file\n"} @names[0 .. 2]), '... each is named';
like $out, qr/\Adefault: removed 2 batches of done\/, [23] users, /, '... and the others are gone, also one that may not be read';
is slurp($secret), "$anna\n", '... and no link is followed';
is scalar(grep {m{/2020}} batches_in($odd, 'default', 'done')), 3, '... three stay';

# Wrong use.
my $takes = "it takes a number with s, m, h or d, as 30d";
for my $case ([[$spool], 64, 'no --done, --failed or --aside given, see -h'], [['--done', '1d'], 64, 'no folder given, see -h'],
	(map { [[$spool, '--done', $_], 64, "--done is '$_': $takes"] } '30', '', 'd', '1w', '-1d', '2026-11-28'),
	[[$spool, '--new', '1d'], 64, 'there is no option --new, see -h'],
	[["$spool/none", '--done', '1d'], 66, "cannot open $spool/none: No such file or directory"]) {
	my ($arguments, $exit, $message) = @$case;
	is_deeply [tool('expire', @$arguments)], [$exit, '', "mixspool expire: $message\n"], "expire @$arguments";
}

# While a drain runs.
my $busy = make_spool('default');
my $old = put_named($busy, 'default', 'done', '20200101T000000', "$anna\n");
put_in($busy, 'default', 'new', $ben);
my ($drain, $go) = held_drain($busy, 'default', '-q');
is_deeply expire($busy, '--done', '1d', '--wait', '0'), [75, '',
	"mixspool expire: default: process $drain, such as a drain, has its lock; nothing was removed\n"],
    'while a drain runs, without a wait: exit 75';
ok -e $old, '... and nothing is gone';
is $go->(), 0, 'the drain ends';
is expire($busy, '--done', '1d')->[0], 0, '... and then it is';
ok !-e $old, '... gone';

# Killed at each system call: only what is old is gone, and a second run removes it all.
my @young;

sub prepare {
	$spool = make_spool('default');
	put_in($spool, 'default', 'new', $ben);
	put_named($spool, 'default', 'done', '20200101T000000', "$anna\n") for 1 .. 3;
	put_named($spool, 'default', 'failed', '20200101T000000', "$anna\n");
	@young = map { put_named($spool, 'default', $_, at(60), "$ben\n") } qw(done failed new);
	return $spool;
}
my @arguments = ('--done', '1d', '--failed', '1d');
each_kill('expire', sub { return ['expire', prepare(), @arguments] }, sub {
	my @wrong = map {"gone: $_"} grep { !-e } @young;
	my @again = tool('expire', $spool, @arguments);
	push @wrong, "again: @again[0, 2]" if $again[0] != 0;
	push @wrong, map {"then gone: $_"} grep { !-e } @young;
	push @wrong, 'old ones stay' if files($spool) =~ m{/2020};
	return @wrong;
});

# A long one lets a drain in between; the others wait for neither.
SKIP: {
	skip 'strace is not installed', 5 if system('strace -V >/dev/null 2>&1') != 0;
	my $long = make_spool('default');
	put_in($long, 'default', 'new', $ben);
	put_named($long, 'default', 'done', at(40 * $day), "$anna\n") for 1 .. 60;
	my $pid = spawn(['strace', '-qq', '-o', '/dev/null', '-e', 'inject=unlinkat:delay_enter=20000',
		program('mixspool'), 'expire', $long, '--done', '30d'], out => "$base/long.out", err => "$base/long.err");
	wait_until { scalar(batches_in($long, 'default', 'done')) < 60 } 'the first is removed';
	my @drain;
	my $tries = 0;
	wait_until { $tries++; @drain = tool('drain', $long, '--', 'cat'); $drain[0] == 0 } 'a drain';
	is $drain[1], "$ben\n", 'a drain finds the lock free while expire removes';
	cmp_ok scalar(batches_in($long, 'default', 'done')), '>', 0, '... which is not done';
	is exit_of(reap($pid)), 0, '... and ends';
	is slurp("$base/long.err"), '', '... without a complaint';
	like slurp("$base/long.out"), qr/^default: removed 60 batches of done/, '... having removed all';
}

done_testing;
