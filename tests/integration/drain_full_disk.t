#!/usr/bin/env perl
# A disk without a free block or inode is drained, bad batches and all, and the bad
# lines of a batch wait until there is room for them.

use strict;
use warnings;
use Disks;
use Test::More;
use Testbed;

my $why = own_mounts();
plan skip_all => $why if $why;

# Takes all blocks, or all inodes as well.
sub fill_disk {
	my ($place, $inodes) = @_;
	fill_inodes($place) if $inodes;
	fill_bytes($place);
	return;
}

my ($taken, $one) = map { folder() . "/$_" } qw(taken one);
my ($status, $out, $err);

sub drain {
	my ($spool, @options) = @_;
	($status, $out, $err) = tool('drain', @options, $spool, '--', 'sh', '-c',
		"cat >$one; if grep -q bad $one; then exit 65; fi; cat $one >>$taken");
	return $status;
}

for my $disk (['ext4, blocks', 0, 'ext4', 16, make => [qw(-m 0)]],
	['ext4, inodes', 1, 'ext4', 16, make => [qw(-m 0 -N 64)]],
	['tmpfs, blocks', 0, 'tmpfs', 4],
	['tmpfs, inodes', 1, 'tmpfs', 4, mount => ['nr_inodes=64']]) {
	my ($name, $inodes, @disk) = @$disk;
	for my $made (0, 1) {
		my ($place, $why) = new_disk(@disk);
		SKIP: {
			skip "$name: $why", 1 if !$place;
			check_disk("$name, " . ($made ? 'a spool of init' : 'never drained before'),
				$place, $inodes, $made);
		}
	}
}

sub check_disk {
	my ($name, $place, $inodes, $made) = @_;
	my ($spool, $campaign) = ("$place/spool", "$place/spool/default");
	mkdir $_ or die $! for $spool, $campaign,
	    map {"$campaign/$_"} qw(tmp new), $made ? qw(failed done) : ();
	spew("$campaign/lock", '') if $made;
	my @batches = map { put_batch($spool, 'default', @$_) } ['a', 'bad', 'b'], ['bad all'],
	    ['c'];
	fill_disk($place, $inodes);
	spew($taken, '');
	my $expected = drain($spool);
	is slurp($taken), "a\nb\nc\n", "$name: the good users are taken";
	if ($made) {
		is $expected, 75, '... exit 75';
		like $err, qr/cannot write the part of $batches[0] that belongs into failed.*(?:No space|quota)/,
		    '... and the message says what has no room';
		is_deeply [lines_in($spool, 'default', 'failed')], ["bad all\n"],
		    '... a batch that is bad moves to failed/';
		is join('', lines_in($spool)), "a\nbad\nb\n", '... and the other waits, whole';
	} else {
		is $expected, 75, '... exit 75, since there is no failed/ yet';
		# tmpfs makes a folder without a block.
		is_deeply [sort grep {/bad/} map { lines_in($spool, 'default', $_) } qw(new failed)],
		    ["bad\n", "bad all\n"], '... and what is bad is there';
	}
	is_deeply [batches_in($spool, 'default', 'tmp')], [], '... tmp/ is empty';
	empty_disk($place);
	is drain($spool), 65, '... with room again: exit 65';
	is_deeply [sort(lines_in($spool, 'default', 'failed'))], ["bad\n", "bad all\n"],
	    '... and the bad ones are in failed/';
	is scalar(batches_in($spool)), 0, '... and nothing waits';
	# With nothing bad, a full disk is drained silently, also with -k.
	put_batch($spool, 'default', "$_") for 1 .. 3;
	fill_disk($place, $inodes);
	is drain($spool, $made ? '-k' : ()), 0, '... full again, and nothing is bad: exit 0';
	is $err, '', '... without a message';
	return;
}

done_testing;
