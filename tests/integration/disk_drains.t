#!/usr/bin/env perl
# What a drain needs on a full disk, lock, failed/, done/ and aside/, is made by the
# receiver when it starts, also in a spool of 0.1.0, and costs nothing where it cannot
# be made. A POST needs 32 free inodes. disk_full.t fills disks to the end.

use strict;
use warnings;
use Disks;
use Test::More;
use Testbed;

my $no_mounts = own_mounts();
my @folders = qw(failed done aside);
my $receiver;

# A campaign as 0.1.0 leaves it before its first drain.
sub old_spool {
	my ($mode, $group) = @_;
	my $spool = make_spool();
	for my $path ($spool, map {"$spool/default$_"} '', '/tmp', '/new') {
		mkdir $path;
		chown -1, $group, $path if defined $group;
		chmod $mode, $path or die $!;
	}
	return $spool;
}

sub start {
	my ($spool, %options) = @_;
	$receiver = receiver(spool => $spool, %options);
	wait_until { slurp($receiver->{log}) =~ /: ready: .*\n/ } 'its start';
	return;
}

sub post {
	my ($campaign) = @_;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, fastcgi_records(form('[' . user('1') . ']'),
		{ PATH_INFO => '/' . ($campaign // '') }));
	return fastcgi_answer($socket);
}

sub end {
	is stop($receiver->{pid}), 0, '... and the receiver ends well';
	$receiver = undef;
	return;
}

sub mode_of { return sprintf '%04o', ((lstat $_[0])[2] // 0) & 07777 }

for my $mode (0700, 02770) {
	my $group = $> == 0 && $mode == 02770 ? 65534 : undef;
	my $spool = old_spool($mode, $group);
	my $shown = sprintf '%04o', $mode;
	start($spool);
	is_deeply [map { -d "$spool/default/$_" ? mode_of("$spool/default/$_") : 'none' } @folders],
	    [($shown) x 3], "mode $shown: a spool of 0.1.0 gets its folders at the start";
	is mode_of("$spool/default/lock"), sprintf('%04o', $mode & 0660), '... and its lock';
      SKIP: {
		skip 'only root can give files to a group that is not its own', 1 if !defined $group;
		is_deeply [map { (lstat "$spool/default/$_")[5] } @folders, 'lock'], [($group) x 4],
		    '... with the group of the campaign';
	}
	end();
}

# Whatever is there already, the rest is made.
for my $there (@folders, 'lock') {
	my $spool = old_spool(0700);
	$there eq 'lock' ? spew("$spool/default/lock", '') : mkdir "$spool/default/$there";
	start($spool);
	is_deeply [grep { !-e "$spool/default/$_" } @folders, 'lock'], [],
	    "with $there alone, the others are made";
	end();
}

# A campaign that is added while the receiver runs gets them with its first batch.
{
	my $spool = old_spool(0700);
	start($spool);
	mkdir "$spool/later" or die $!;
	is post('later')->{status}, 200, 'a POST to a campaign added later';
	is_deeply [grep { !-e "$spool/later/$_" } @folders, 'lock'], [],
	    '... makes what its drain needs';
	end();
}

# Another thing of such a name is left alone.
{
	my $spool = old_spool(0700);
	my $outside = folder() . '/outside';
	spew("$spool/default/$_", 'mine') for qw(failed done);
	symlink $outside, "$spool/default/$_" or die $! for qw(aside lock);
	start($spool);
	is post()->{status}, 200, 'files and links in the place of folders cost a POST nothing';
	is_deeply [map { slurp("$spool/default/$_") } qw(failed done)], [('mine') x 2],
	    '... and the files stay as they are';
	ok !-e $outside, '... and no link is followed';
	end();
}

# A receiver that may only write to tmp/ and new/.
SKIP: {
	skip 'only root can start a receiver as another user', 3 if $> != 0;
	my $spool = old_spool(0755);
	chown 65534, 65534, map {"$spool/default/$_"} qw(tmp new);
	my $socket = folder() . '/nobody';
	mkdir $socket or die $!;
	chown 65534, 65534, $socket;
	chmod 0755, folder();
	start($spool, socket => "$socket/sock",
		wrapper => [qw(setpriv --reuid=65534 --clear-groups)]);
	is post()->{status}, 200, 'a receiver that cannot make them takes a POST';
	is_deeply [grep { -e "$spool/default/$_" } @folders, 'lock'], [], '... without them';
	end();
}

# The bound: 32 free inodes are enough, 31 are not.
SKIP: {
	skip $no_mounts, 5 if $no_mounts;
	my ($place, $why) = new_disk('tmpfs', 80, mount => ['nr_inodes=100']);
	skip $why, 5 if !$place;
	my $spool = "$place/spool";
	mkdir $spool or die $!;
	start($spool, env => { MIXSPOOL_MIN_FREE => 0 });
	my $free = sub { (split ' ', `stat -f -c %d $place`)[0] };
	my $n = 0;
	spew("$place/" . $n++, '') while $free->() > 32;
	is post()->{status}, 200, '32 inodes are enough';
	my @before = batches_in($spool);
	spew("$place/" . $n++, '') while $free->() > 31;
	my $answer = post();
	is $answer->{status}, 503, '31 are not';
	like $answer->{text}, qr/less than 32 inodes free/, '... which the answer says';
	is_deeply [batches_in($spool)], \@before, '... and nothing is stored';
	end();
}

done_testing;
