package Nfs;

# Two machines with kernels of their own, which run in user space (User-mode Linux): an NFS
# server with a disk, and a client with the receiver, see tests/lib/nfs-machine. A kernel
# that is killed loses what it has in memory, as in a power cut.

use strict;
use warnings;
use Exporter qw(import);
use File::Temp qw(tempdir);
use Socket;
use Testbed;

our @EXPORT = qw(why_no_nfs start_pair start_kernel kill_kernel answered on_disk);

# Flags of an export: a file system with a number, no check of subtrees, any port; async.
my %flags = (sync => 0x2402, async => 0x2412);

# Why there can be no such machines, or undef.
sub why_no_nfs {
	my @programs = map { my $name = $_; [$name, grep { -x } map {"$_/$name"} qw(/usr/bin /usr/sbin /sbin)] }
	    qw(linux.uml modprobe ip mkfs.ext4 e2fsck debugfs);
	my ($missing) = map { @$_ == 1 ? $_->[0] : () } @programs;
	return $missing && "$missing is not installed";
}

# Starts a server that exports with HOW, 'sync' or 'async', and a client. Returns the pair,
# or undef and why not.
sub start_pair {
	my ($how) = @_;
	my $pair = { folder => tempdir("$how-XXXXXX", DIR => folder()), flags => $flags{$how} };
	socketpair $pair->{server_end}, $pair->{client_end}, AF_UNIX, SOCK_DGRAM, 0 or die "socketpair: $!";
	$pair->{disk} = spew("$pair->{folder}/disk", '');
	truncate $pair->{disk}, 256 << 20 or die $!;
	my ($status, undef, $err) = run_to_end('/sbin/mkfs.ext4', '-q', $pair->{disk});
	die "mkfs: $err" if $status;
	start_kernel($pair, 'server') or return (undef, 'no kernel runs in user space here: ' . console($pair, 'server'));
	start_kernel($pair, 'client');
	return $pair;
}

my (%kernels, $kernels);
my $owner = $$;
END { if ($$ == $owner) { my $status = $?; kill_processes($_) for values %kernels; $? = $status } }

# Each process in a kernel is one outside, with the name of the kernel among its arguments
# and a group of its own, and does not end with it.
sub kill_processes {
	my ($name) = @_;
	wait_until {
		my @left = grep { my $pid = $_; (eval { slurp("/proc/$pid/cmdline") } // '') =~ /\0umid=\Q$name\E\0/ }
		    map {m{(\d+)\z}} glob '/proc/[0-9]*';
		# Those that ended and wait for us have no arguments.
		kill 'KILL', @left;
		!@left;
	} "the end of $name";
	return;
}

sub console { return (split /\n/, slurp("$_[0]{folder}/$_[1].console"))[-1] // 'it says nothing' }

# Starts a kernel; a server's only returns true if it serves.
sub start_kernel {
	my ($pair, $role) = @_;
	my $folder = $pair->{folder};
	unlink "$folder/serving" if $role eq 'server';
	my $console = spew("$folder/$role.console", '');
	my $name = 'mixspool' . $$ . '-' . ++$kernels;
	my $pid = spawn(['/usr/bin/linux.uml', 'root=/dev/root', 'rootfstype=hostfs', 'rw', 'mem=160M',
			'con=null', 'con0=null,fd:1', "umid=$name",
			'vec0:transport=fd,fd=0,vec=0', $role eq 'server' ? "ubd0=$pair->{disk}" : (),
			'init=' . top() . '/tests/lib/nfs-machine', "mixspool=$folder,$role,$pair->{flags}"],
		socket => $pair->{"${role}_end"}, out => $console, err => $console,
		env => { HOME => $folder, BUILD => program('') =~ s{/\z}{}r });
	$pair->{$role} = $pid;
	$kernels{$pid} = $name;
	return 1 if $role ne 'server';
	wait_until { -e "$folder/serving" || defined ended($pid) && !($pair->{server} = 0) } 'a server', 120;
	return $pair->{server};
}

sub kill_kernel {
	my ($pair, $role) = @_;
	my $pid = $pair->{$role};
	kill 'KILL', -$pid;
	reap($pid);
	kill_processes(delete $kernels{$pid});
	return;
}

# The users that were answered so far: user => status.
sub answered {
	my ($pair) = @_;
	return map { slurp($_) =~ /^(\S+) (\d+)\n/mg } glob "$pair->{folder}/answers*";
}

# The users on the server's disk, which no kernel has mounted: user => how often.
sub on_disk {
	my ($pair) = @_;
	my $copy = "$pair->{folder}/copy";
	my $to = tempdir('rescued-XXXXXX', DIR => $pair->{folder});
	run_to_end('cp', '--sparse=always', $pair->{disk}, $copy);
	run_to_end('/sbin/e2fsck', '-fy', $copy);
	my ($status, undef, $err) = run_to_end('/sbin/debugfs', '-R', "rdump /export/spool/default/new $to", $copy);
	die "debugfs: $err" if $status;
	my %users;
	for my $batch (glob "$to/new/*.jsonl") {
		$users{$_}++ for slurp($batch) =~ /^\{"\$distinct_id":"(\d+-\d+)",/mg;
	}
	return %users;
}

1;
