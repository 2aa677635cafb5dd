#!/usr/bin/env perl
# A disk without a free block or inode is drained, bad batches and all, and the bad
# lines of a batch wait until there is room for them.

use strict;
use warnings;
use Test::More;
use Testbed;

plan skip_all => 'only root can mount' if $> != 0;
# Whatever happens to this program, its mounts end with it.
if (!$ENV{OWN_MOUNTS}) {
	plan skip_all => 'there are no mount namespaces here'
	    if system('unshare -m true 2>/dev/null') != 0;
	local $ENV{OWN_MOUNTS} = 1;
	exec qw(unshare -m --), $^X, '-I' . top() . '/tests/lib', $0;
}
delete $ENV{OWN_MOUNTS};

my @mounted;
END {
	my $status = $?;
	system 'umount', '-l', $_ for reverse @mounted;
	$? = $status;
}

my $disks = 0;

# A new file system, mounted: its folder, or undef.
sub new_disk {
	my ($type, @options) = @_;
	my $place = folder() . '/disk' . $disks++;
	mkdir $place or die $!;
	if ($type ne 'tmpfs') {
		open my $image, '>', "$place.img" or die $!;
		truncate $image, 16 << 20;
		close $image;
		system("PATH=\$PATH:/sbin mkfs.$type -q -m 0 @options $place.img "
			    . "2>/dev/null && mount -o loop $place.img $place 2>/dev/null") == 0
		    or return;
	} else {
		system('mount', '-t', 'tmpfs', @options, 'tmpfs', $place) == 0 or return;
	}
	push @mounted, $place;
	return $place;
}

# Takes all blocks, or all inodes.
sub fill_disk {
	my ($place, $inodes) = @_;
	mkdir "$place/ballast" or die $!;
	my $n = 0;
	while ($inodes && open my $file, '>', "$place/ballast/$n") { $n++ }
	open my $file, '>>:raw', "$place/ballast/" . ($inodes ? 0 : 'all') or die $!;
	for my $size (1 << 20, 1 << 12, 1) {
		1 while syswrite $file, "\0" x $size;
	}
	close $file;
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

for my $disk (['ext4, blocks', 0, 'ext4'], ['ext4, inodes', 1, 'ext4', '-N 64'],
	['tmpfs, blocks', 0, 'tmpfs', '-o', 'size=4m'],
	['tmpfs, inodes', 1, 'tmpfs', '-o', 'size=4m,nr_inodes=64']) {
	my ($name, $inodes, @disk) = @$disk;
	for my $made (0, 1) {
		my $place = new_disk(@disk);
		SKIP: {
			skip "$name: it cannot be mounted", 1 if !$place;
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
	system 'rm', '-r', "$place/ballast";
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
