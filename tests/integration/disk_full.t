#!/usr/bin/env perl
# The disk is full, and has room again: on ext4, XFS and tmpfs, POSTs are answered 503
# and leave nothing behind, the users of those answered 200 are there, and the same
# process goes on by itself. A spool that was never drained is drained while the disk is
# full. disk_fails_for_a_while.t has the errors of a broken disk.

use strict;
use warnings;
use Disks;
use Test::More;
use Testbed;

my $why = own_mounts();
plan skip_all => $why if $why;

my $receiver;

# A folder of a new btrfs, with a quota.
sub limit_btrfs {
	my ($place) = @_;
	my $folder = "$place/limited";
	my $why = failure_of(qw(btrfs quota enable), $place)
	    // failure_of(qw(btrfs subvolume create), $folder)
	    // failure_of(qw(btrfs qgroup limit 16M), $folder);
	return ($why ? undef : $folder, $why);
}

# Takes all that the quota of nobody allows, which statvfs does not show.
my @nobody = qw(setpriv --reuid=65534 --clear-groups);

sub fill_quota {
	my ($place, $room) = @_;
	mkdir "$place/ballast" or die $!;
	chmod 0777, "$place/ballast";
	failure_of(@nobody, 'sh', '-c', "cat /dev/zero >$place/ballast/all");
	truncate "$place/ballast/all", (-s "$place/ballast/all") - $room;
	return;
}

my ($posts, %answers, %reasons, %drained);

# Sends $parallel POSTs at a time to a campaign, with users of $size bytes, and keeps
# each one's answer by its number.
sub post {
	my ($campaign, $parallel, $size) = @_;
	my %sockets;
	for (1 .. $parallel) {
		my $post = ++$posts;
		my @users = map { user("$post-$_-" . 'x' x $size) } 1 .. 5;
		$sockets{$post} = fastcgi_connect($receiver->{socket});
		fastcgi_send($sockets{$post}, fastcgi_records(
			form('[' . join(',', @users) . ']'),
			{ PATH_INFO => "/$campaign" }));
	}
	for my $post (sort keys %sockets) {
		my $answer = fastcgi_answer($sockets{$post});
		$answers{$post} = $answer->{status};
		$reasons{ $answer->{text} }++ if $answer->{status} == 503;
	}
	return map { $answers{$_} } keys %sockets;
}

sub check_spool {
	my $what = shift;
	my %users;
	for my $campaign (qw(default fresh)) {
		for (lines_in($receiver->{spool}, $campaign)) {
			$users{$1}++ if /^\{"\$distinct_id":"(\d+)-\d-x+"/;
		}
		is scalar(my @parts = batches_in($receiver->{spool}, $campaign,
			'tmp')), 0, "$what: $campaign/tmp/ is empty";
	}
	my @wrong = grep { ($users{$_} // 0) != ($answers{$_} == 200 ? 5 : 0) }
	    grep { !$drained{$_} } sort keys %answers;
	is_deeply \@wrong, [], '... new/ has the users of the POSTs answered 200, and no others';
	my @other = grep { $_ != 200 && $_ != 503 } values %answers;
	is_deeply \@other, [], '... and all other POSTs were answered 503';
	return;
}

sub check_disk {
	my ($what, $place, $min_free, $fill, $room) = @_;
	$posts = 0;
	%answers = %reasons = %drained = ();
	my $reason = $min_free ? qr/MIXSPOOL_MIN_FREE/
	    : $fill == \&fill_quota || $what =~ /quota/ ? qr/quota exceeded/
	    : $fill == \&fill_inodes ? qr/less than 32 inodes free/ : qr/No space left/;
	my $spool = "$place/spool";
	mkdir $_ or die $! for $spool, "$spool/fresh";
	my @as;
	if ($fill == \&fill_quota) {
		chown 65534, -1, $spool, "$spool/fresh";
		chmod 0755, folder();
		is failure_of('xfs_quota', '-x', '-c', 'limit bhard=16m 65534', $place), undef, "$what: a quota";
		@as = @nobody;
	}
	$receiver = receiver(spool => $spool, wrapper => \@as, socket => "$spool/.socket",
		env => { MIXSPOOL_MIN_FREE => $min_free });
	is_deeply [post('default', 1, 10)], [200], "$what: there is room";
	$fill->($place, $room);
	my ($full, $tries) = (0, 0);
	until ($full >= 20 || $tries++ > 1000) {
		$full += grep { $_ == 503 }
		    post('default', $tries % 4 ? 1 : 8, 20000);
	}
	cmp_ok $full, '>=', 20, '... and then none';
	check_spool($what);
	# To the last block, so that a campaign's folders cannot be made.
	$fill->($place, 0) if $fill == \&fill_bytes && !$min_free;
	post('fresh', 4, 10) for 1 .. 3;
	check_spool("$what, to the last");
	is_deeply [grep { !/$reason/ } keys %reasons], [],
	    '... each for lack of space, as its message says';
	# What a drain needs was made when there was room.
	my $taken = folder() . '/taken';
	my @users = lines_in($spool);
	spew($taken, '');
	chmod 0666, $taken;
	is failure_of(@as, program('mixspool'), 'drain', "$spool/default", '--', 'sh', '-c',
		"cat >>$taken"), undef,
	    "$what: a spool that was never drained is drained";
	is_deeply [sort split /^/, slurp($taken)], [sort @users], '... of all users';
	is scalar(batches_in($spool)), 0, '... and is empty';
	$drained{$_} = 1 for map {/^\{"\$distinct_id":"(\d+)-/} @users;
	empty_disk($place);
	wait_until { (post('default', 1, 20000))[0] == 200 } 'a 200';
	wait_until { (post('fresh', 1, 10))[0] == 200 } 'a 200';
	check_spool("$what, room again");
	my %statuses;
	$statuses{$_}++ for values %answers;
	note "$what: ", join ', ',
	    map {"$statuses{$_} answered $_"} sort keys %statuses;
	is stop($receiver->{pid}), 0, '... and the same process ran to the end';
	$receiver = undef;
	return;
}

# XFS needs at least 300 MiB, and reserves some of it.
for my $case (
	['ext4, the least free space', \&fill_bytes, '4M', 2 << 20, 'ext4', 16, make => [qw(-m 0)]],
	['ext4, all of it', \&fill_bytes, '0', 2 << 20, 'ext4', 16, make => [qw(-m 0)]],
	['ext4, inodes', \&fill_inodes, '0', 40, 'ext4', 16, make => [qw(-N 256)]],
	['XFS, the least free space', \&fill_bytes, '4M', 2 << 20, 'xfs', 320],
	['XFS, all of it', \&fill_bytes, '0', 2 << 20, 'xfs', 320],
	['XFS, a user\'s quota', \&fill_quota, '0', 2 << 20, 'xfs', 320, mount => ['uquota']],
	['btrfs, a quota', \&fill_bytes, '0', 2 << 20, 'btrfs', 256],
	['tmpfs, all of it', \&fill_bytes, '0', 2 << 20, 'tmpfs', 16],
	['tmpfs, inodes', \&fill_inodes, '0', 40, 'tmpfs', 16, mount => ['nr_inodes=200']],
    ) {
	my ($what, $fill, $min_free, $room, @disk) = @$case;
	my ($place, $why) = new_disk(@disk);
	my $mounted = $place;
	($place, $why) = limit_btrfs($place) if $place && $disk[0] eq 'btrfs';
    SKIP: {
		skip "$what: $why", 1 if !$place;
		check_disk($what, $place, $min_free, $fill, $room);
	}
	is remove_disk(), undef, "$what: ... and has no file open" if $mounted;
}

done_testing;
