package Disks;

# File systems of a test's own, which root alone can mount: in a mount namespace that
# ends with the test, whatever happens to it.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(own_mounts failure_of new_disk remove_disk fill_bytes fill_inodes
    empty_disk);

my @mounted;
my $owner = $$;

# Before the temporary folder is removed.
END {
	if ($$ == $owner) {
		my $status = $?;
		system 'umount', '-l', $_ for reverse @mounted;
		$? = $status;
	}
}

# Starts the test again, from its beginning, in a mount namespace. Returns undef once
# the test is in one, or why it cannot be. Comes before all that makes a file.
sub own_mounts {
	if (!delete $ENV{OWN_MOUNTS}) {
		return 'only root can mount' if $> != 0;
		return 'there are no mount namespaces here'
		    if system('unshare -m true 2>/dev/null') != 0;
		local $ENV{OWN_MOUNTS} = 1;
		exec qw(unshare -m --), $^X, '-I' . top() . '/tests/lib', $0;
	}
	# So that a signal ends the test as an exit does.
	$SIG{$_} = sub { exit 1 } for qw(TERM INT HUP);
	return;
}

# Runs a command: undef, or the command and what it reported.
sub failure_of {
	my $log = spew(folder() . '/command.log', '');
	my $status = reap(spawn([@_], out => $log, err => $log,
		env => { PATH => "$ENV{PATH}:/usr/sbin:/sbin" }));
	return $status == 0 ? undef : "@_: " . slurp($log);
}

# Makes a file system of so many MiB and mounts it. %options: make, mount => lists of
# options. Returns its folder, or undef and the reason.
my $disks = 0;

sub new_disk {
	my ($type, $mib, %options) = @_;
	my $place = folder() . '/disk' . $disks++;
	mkdir $place or die $!;
	my @mount = @{ $options{mount} // [] };
	my ($device, $why) = ('tmpfs');
	if ($type eq 'tmpfs') {
		push @mount, "size=${mib}m";
	} else {
		push @mount, 'loop';
		$device = spew("$place.img", '');
		truncate $device, $mib << 20 or die $!;
		$why = failure_of("mkfs.$type", '-q', @{ $options{make} // [] }, $device);
	}
	$why //= failure_of('mount', '-t', $type, '-o', join(',', @mount), $device, $place);
	push @mounted, $place if !$why;
	return ($why ? undef : $place, $why);
}

# Unmounts the newest one, which fails as long as one of its files is open: undef, or
# why not.
sub remove_disk {
	my $place = pop @mounted;
	my $why = failure_of('umount', $place);
	unlink "$place.img";
	return $why;
}

# The files of PLACE/ballast take all that is free.
sub ballast {
	my ($place) = @_;
	# Or the machine's own disk would be filled.
	die 'no disk to fill' if !grep { index($place // '', $_) == 0 } @mounted;
	mkdir "$place/ballast" or die $! if !-d "$place/ballast";
	return "$place/ballast";
}

# Takes all blocks, except for $room bytes.
sub fill_bytes {
	my ($place, $room) = @_;
	open my $file, '>>:raw', ballast($place) . '/0' or die $!;
	for my $size (1 << 20, 1 << 12, 1) {
		1 while syswrite $file, "\0" x $size;
	}
	truncate $file, (-s $file) - $room if $room;
	close $file;
	return;
}

# Takes all inodes, except for $room.
sub fill_inodes {
	my ($place, $room) = @_;
	my ($folder, $n) = (ballast($place), 0);
	while (open my $file, '>', "$folder/$n") { $n++ }
	unlink "$folder/" . --$n for 1 .. $room // 0;
	return;
}

sub empty_disk {
	my ($place) = @_;
	my $why = failure_of('rm', '-r', "$place/ballast");
	die $why if $why;
	return;
}

1;
