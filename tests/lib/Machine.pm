package Machine;

# A machine with a systemd of its own, see tests/lib/machine: commands in it and its
# files. With MACHINE_INIT it has another init, and MACHINE_UP is a command that succeeds
# once that is up.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(machine boot_again inside inside_ok at unit);

my ($folder, $input);

sub init {
	chomp(my $pid = slurp("$folder/init"));
	return $pid;
}

# Before Testbed stops what still runs.
END { close $input if $input }

# The path of one of its files.
sub at { return '/proc/' . init() . "/root$_[0]" }

# Runs a shell script in it: exit status and output, errors included.
sub inside {
	my ($script) = @_;
	my $output = folder() . '/inside';
	spew($output, '');
	my $pid = spawn(['nsenter', '-a', '-r', '-w', '-t', init(),
			'env', '-i', 'HOME=/root', 'LC_ALL=C.UTF-8', 'SYSTEMD_COLORS=0',
			'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
			'bash', '-c', $script], out => $output, err => $output);
	my $status = exit_of(reap($pid, 120));
	return ($status, slurp($output));
}

# The same, where a failure ends the test.
sub inside_ok {
	my ($script) = @_;
	my ($status, $output) = inside($script);
	die "$script\nfailed with $status: $output", (inside('journalctl -q -n 20'))[1]
	    if $status;
	return $output;
}

sub is_up {
	my ($before) = @_;
	return 0 if !-s "$folder/init" || init() eq $before;
	return (inside($ENV{MACHINE_UP}))[0] == 0 if $ENV{MACHINE_INIT};
	return (inside('systemctl is-system-running'))[1] =~ /^(?:running|degraded)$/;
}

# Boots it: undef, or why it cannot be here.
sub machine {
	$folder = folder() . '/machine';
	mkdir $folder;
	pipe my $end, $input or die "pipe: $!";
	my $pid = spawn([top() . '/tests/lib/machine', $folder, top()],
		socket => $end, err => "$folder/err");
	my $status;
	eval {
		wait_until { defined($status = ended($pid)) || is_up('') } 'its start', 60;
	} or die $@, map { -e $_ ? slurp($_) : '' } "$folder/err", "$folder/log";
	return if !defined $status;
	return slurp("$folder/why") if exit_of($status) == 77;
	die 'the machine ended: ', slurp("$folder/err"), slurp("$folder/log");
}

sub boot_again {
	my $before = init();
	inside($ENV{MACHINE_INIT} ? 'init 6' : 'systemctl reboot');
	wait_until { is_up($before) } 'another boot', 60;
	return;
}

# A property of a unit.
sub unit {
	my ($unit, $property) = @_;
	chomp(my $value = inside_ok("systemctl show -P $property $unit"));
	return $value;
}

1;
