package Gluster;

# A volume of GlusterFS with three replicas, on this machine: a process for each brick
# and one for the mount, by volume files of our own, without its management.

use strict;
use warnings;
use Disks;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(why_no_gluster start_bricks start_brick mount_volume unmount_volume
    brick_path brick_pid);

my ($server, $client) = ('/usr/sbin/glusterfsd', '/usr/sbin/glusterfs');
my (@bricks, $mount);

# The mount goes before the temporary folder is removed.
my $owner = $$;
END { if ($$ == $owner) { my $status = $?; unmount_volume(); $? = $status } }

# Why there can be no volume, or undef.
sub why_no_gluster {
	return "$server is not installed" if !-x $server || !-x $client;
	return 'there is no /dev/fuse' if !-c '/dev/fuse';
	my $probe = new_file('x');
	return 'the temporary folder takes no trusted attributes'
	    if system('python3', '-c', 'import os, sys; os.setxattr(sys.argv[1], "trusted.mixspool", b"1")', $probe) != 0;
	return;
}

sub brick_path { return $bricks[ $_[0] ]{path} }

sub brick_pid { return $bricks[ $_[0] ]{pid} }

# Three of them, which are killed and started one by one.
sub start_bricks {
	for my $number (0 .. 2) {
		my $path = folder() . "/brick$number";
		mkdir $_ or die "$_: $!" for $path, "$path/.glusterfs";
		my $port = free_port();
		my $volume = spew(folder() . "/brick$number.vol", <<"END");
volume posix
	type storage/posix
	option directory $path
end-volume
volume locks
	type features/locks
	subvolumes posix
end-volume
volume index
	type features/index
	option index-base $path/.glusterfs/indices
	subvolumes locks
end-volume
volume brick
	type performance/io-threads
	subvolumes index
end-volume
volume server
	type protocol/server
	option transport-type socket
	option transport.socket.bind-address 127.0.0.1
	option transport.socket.listen-port $port
	option auth.addr.brick.allow *
	subvolumes brick
end-volume
END
		push @bricks, { path => $path, port => $port, volume => $volume };
		start_brick($number);
	}
	return;
}

# WRAPPER: a command before it. Its pid.
sub start_brick {
	my ($number, @wrapper) = @_;
	my $brick = $bricks[$number];
	my $log = folder() . "/brick$number.log";
	$brick->{pid} = spawn([@wrapper, $server, '-N', '-f', $brick->{volume}, '-l', $log,
			'-p', folder() . "/brick$number.pid"], err => "$log.err");
	Testbed::wait_for_port($brick->{port}, $brick->{pid}, $log);
	return $brick->{pid};
}

# Mounts the volume: its folder. All machines have it at the same path here.
sub mount_volume {
	my $place = folder() . '/volume';
	mkdir $place;
	my $text = join '', map { <<"END" } 0 .. 2;
volume brick$_
	type protocol/client
	option transport-type socket
	option remote-host 127.0.0.1
	option remote-port $bricks[$_]{port}
	option remote-subvolume brick
	option ping-timeout 2
end-volume
END
	$text .= <<'END';
volume replicate
	type cluster/replicate
	option quorum-type auto
	subvolumes brick0 brick1 brick2
end-volume
volume write-behind
	type performance/write-behind
	subvolumes replicate
end-volume
END
	my $volume = new_file($text);
	my $log = folder() . '/volume.log';
	my $pid = spawn([$client, '-N', '-f', $volume, '-l', $log, $place], err => "$log.err");
	$mount = { pid => $pid, place => $place };
	wait_until {
		defined ended($pid) and die 'the mount ended: ', slurp($log);
		my ($device) = (stat $place)[0];
		defined $device && $device != (stat folder())[0];
	} 'the mount';
	# It is mounted before it has met the bricks.
	wait_until { mkdir "$place/ready" or -d "$place/ready" } 'the volume';
	return { pid => $pid, place => $place };
}

sub unmount_volume {
	my $one = $mount or return;
	undef $mount;
	system 'umount', '-l', $one->{place};
	return;
}

1;
