#!/usr/bin/env perl
# The disk is full, and has room again: on ext4, XFS and tmpfs, POSTs are answered 503
# and leave nothing behind, the users of those answered 200 are there, and the same
# process goes on by itself. A spool that was never drained is drained while the disk is
# full. disk_fails_for_a_while.t has the errors of a broken disk.

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
$SIG{$_} = sub { exit 1 } for qw(TERM INT HUP);

my $receiver;
my @mounted;
END {
	my $status = $?;
	stop($receiver->{pid}) if $receiver;
	system 'umount', $_ for reverse @mounted;
	$? = $status;
}

sub run {
	my $log = spew(folder() . '/run.log', '');
	my $status = reap(spawn([@_], out => $log, err => $log,
		env => { PATH => "$ENV{PATH}:/usr/sbin:/sbin" }));
	return $status == 0 ? undef : "@_: " . slurp($log);
}

# Makes a file system. Returns its folder, or undef and the reason.
my $count = 0;

sub new_disk {
	my ($type, $mb, @options) = @_;
	my $mount = @options && $options[0] eq 'uquota' ? 'loop,' . shift @options : 'loop';
	my $place = folder() . '/disk' . $count++;
	mkdir $place or die $!;
	my $why;
	if ($type eq 'tmpfs') {
		$why = run('mount', '-t', $type, '-o', join(',', "size=${mb}m", @options), $type,
			$place);
	} else {
		spew("$place.img", '');
		truncate "$place.img", $mb << 20 or die $!;
		$why = run("mkfs.$type", '-q', @options, "$place.img")
		    // run(qw(mount -o), $mount, "$place.img", $place);
	}
	push @mounted, $place if !$why;
	if (!$why && $type eq 'btrfs') {
		for my $command ('quota enable', 'subvolume create', 'qgroup limit 16M') {
			$why //= run('btrfs', split(/ /, $command),
				$command =~ /^quota/ ? $place : "$place/limited");
		}
	}
	return ($why ? undef : $type eq 'btrfs' ? "$place/limited" : $place, $why);
}

sub remove_disk {
	my $place = pop @mounted;
	is run('umount', $place), undef, '... and has no file open';
	unlink "$place.img";
	return;
}

# Fills the disk with a file, except for $room bytes.
sub fill_bytes {
	my ($place, $room) = @_;
	open my $file, '>>:raw', "$place/ballast" or die $!;
	for my $size (1 << 20, 1 << 12) {
		1 while syswrite $file, "\0" x $size;
	}
	truncate $file, (-s $file) - $room if $room;
	close $file;
	return;
}

# Takes all inodes except for $room.
sub fill_inodes {
	my ($place, $room) = @_;
	mkdir "$place/ballast" or die $!;
	my $n = 0;
	while (open my $file, '>', "$place/ballast/$n") { $n++ }
	unlink "$place/ballast/" . --$n for 1 .. $room;
	return;
}

# Takes all that the quota of nobody allows, which statvfs does not show.
my @nobody = qw(setpriv --reuid=65534 --clear-groups);

sub fill_quota {
	my ($place, $room) = @_;
	mkdir "$place/ballast" or die $!;
	chmod 0777, "$place/ballast";
	run(@nobody, 'sh', '-c', "cat /dev/zero >$place/ballast/all");
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
		is run('xfs_quota', '-x', '-c', 'limit bhard=16m 65534', $place), undef, "$what: a quota";
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
	is run(@as, program('mixspool'), 'drain', "$spool/default", '--', 'sh', '-c',
		"cat >>$taken"), undef,
	    "$what: a spool that was never drained is drained";
	is_deeply [sort split /^/, slurp($taken)], [sort @users], '... of all users';
	is scalar(batches_in($spool)), 0, '... and is empty';
	$drained{$_} = 1 for map {/^\{"\$distinct_id":"(\d+)-/} @users;
	run('rm', '-r', "$place/ballast");
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

# XFS needs at least 300 MB, and reserves some of it.
for my $case (
	['ext4, the least free space', \&fill_bytes, '4M', 2 << 20,
		'ext4', 16, qw(-m 0)],
	['ext4, all of it', \&fill_bytes, '0', 2 << 20, 'ext4', 16, qw(-m 0)],
	['ext4, inodes', \&fill_inodes, '0', 40, 'ext4', 16, qw(-N 256)],
	['XFS, the least free space', \&fill_bytes, '4M', 2 << 20, 'xfs', 320],
	['XFS, all of it', \&fill_bytes, '0', 2 << 20, 'xfs', 320],
	['XFS, a user\'s quota', \&fill_quota, '0', 2 << 20, 'xfs', 320, 'uquota'],
	['btrfs, a quota', \&fill_bytes, '0', 2 << 20, 'btrfs', 256],
	['tmpfs, all of it', \&fill_bytes, '0', 2 << 20, 'tmpfs', 16],
	['tmpfs, inodes', \&fill_inodes, '0', 40, 'tmpfs', 16, 'nr_inodes=200'],
    ) {
	my ($what, $fill, $min_free, $room, @disk) = @$case;
	my ($place, $why) = new_disk(@disk);
    SKIP: {
		skip "$what: $why", 1 if !$place;
		check_disk($what, $place, $min_free, $fill, $room);
		remove_disk();
	}
}

done_testing;
