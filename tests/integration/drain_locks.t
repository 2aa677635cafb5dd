#!/usr/bin/env perl
# What keeps a drain from a campaign's lock, or from a batch: another drain, here or
# elsewhere; a lease, as NFS gives one (a delegation), which is not another drain.

use strict;
use warnings;
use Fcntl qw(F_GETFD F_SETLK F_WRLCK O_RDWR);
use Test::More;
use Testbed;

use constant { F_SETLEASE => 1024, F_UNLCK => 2, F_OFD_SETLK => 37 };

my $spool = make_spool(qw(default));
my $taken = folder() . '/taken';
my $lock = "$spool/default/lock";
my ($status, $out, $err);

sub drain {
	($status, $out, $err) = tool('drain', @_, $spool, '--', 'sh', '-c', "cat >>$taken");
	return $status;
}

# Runs code in a process that holds something, once it does; ends it then.
sub beside {
	my ($hold, $check) = @_;
	pipe my $ready, my $is_ready or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		alarm 60;
		my $held = eval { $hold->() };
		syswrite $is_ready, $held ? 'y' : 'n';
		sleep 1 while 1;
	}
	sysread $ready, my $held, 1;
	$check->($pid) if $held eq 'y';
	kill 'KILL', $pid;
	waitpid $pid, 0;
	return $held eq 'y';
}

# Takes a write lease, and gives it up when it is asked to, or keeps it.
sub lease {
	my ($path, $gives_up) = @_;
	return sub {
		sysopen my $file, $path, O_RDWR or die "$path: $!";
		$SIG{IO} = sub {
			fcntl $file, F_SETLEASE, F_UNLCK if $gives_up;
		};
		fcntl $file, F_SETLEASE, F_WRLCK or die "lease: $!";
		our $kept = $file;
		return 1;
	};
}

SKIP: {
	put_batch($spool, 'default', 'a');
	drain();
	skip 'there are no leases here', 1
	    if !beside(lease($lock, 1), sub { });
	for my $options ([], ['-q']) {
		my $name = "a lease on lock @$options";
		my $batch = put_batch($spool, 'default', 'b');
		spew($taken, '');
		beside(lease($lock, 1), sub { drain(@$options) });
		is "$status$err", '0', "$name, which is given up: exit 0";
		is slurp($taken), "b\n", '... and the batch is taken';
		put_batch($spool, 'default', 'c');
		beside(lease($lock, 0), sub { drain(@$options) });
		is $status, 75, "$name, which is kept: exit 75";
		is $err, 'mixspool drain: default: cannot lock the file lock: another '
		    . "process or host has a lease on it\n", '... and the message says so';
		is scalar(batches_in($spool)), 1, '... and the batch stays';
		unlink batches_in($spool);
	}
	my @names = map { put_batch($spool, 'default', $_) } qw(d e);
	spew($taken, '');
	beside(lease("$spool/default/new/$names[0]", 1), sub { drain() });
	is "$status$err", '0', 'a lease on a batch, which is given up: exit 0';
	is slurp($taken), "d\ne\n", '... and all are taken, in order';
	@names = map { put_batch($spool, 'default', $_) } qw(f g);
	beside(lease("$spool/default/new/$names[0]", 0), sub { drain() });
	is $status, 75, 'a lease on a batch, which is kept: exit 75';
	like $err, qr/cannot read $names[0]: another process or host has a lease on it\n\z/,
	    '... and the message says so';
	is scalar(batches_in($spool)), 1, '... and the others are taken';
	unlink batches_in($spool);
}

# A lock without a process of this system: NFS shows one like that for another host, the
# kernel for an open file description and for another PID namespace.
my $flock = pack 's s x4 q q i x4', F_WRLCK, 0, 0, 0, 0;
my $other = "mixspool drain: default: a process on another host or in another container "
    . "has its lock already\n";
put_batch($spool, 'default', 'h');
ok beside(sub {
		sysopen my $file, $lock, O_RDWR or die $!;
		fcntl $file, F_OFD_SETLK, my $copy = $flock or die "OFD: $!";
		our $kept = $file;
		return 1;
	}, sub {
		drain();
		is "$status $err", "75 $other", 'a lock without a process: exit 75, and a message';
		drain('-q');
		is "$status$err", '0', '... with -q it is another drain, and no error';
	}), 'a lock of an open file description';
SKIP: {
	skip 'there are no PID namespaces here', 1
	    if system('unshare --pid --fork true 2>/dev/null') != 0;
	my $begun = folder() . '/begun';
	my $pid = spawn(['unshare', '--pid', '--fork', '--kill-child', program('mixspool'),
			'drain', $spool, '--', 'sh', '-c', ": >$begun; cat >/dev/null; sleep 60"]);
	wait_until { -e $begun } 'the drain in a container';
	# Seen from outside it has a process; from another container it has none.
	my $log = spew(folder() . '/inside', '');
	is exit_of(reap(spawn(['unshare', '--pid', '--fork', program('mixspool'), 'drain',
				$spool, '--', 'cat'], err => $log))), 75,
	    'a drain in another container: exit 75';
	is slurp($log), $other, '... and the message says so';
	kill 'KILL', $pid;
	reap($pid);
	wait_until { drain() == 0 } 'the lock to be released';
}

# Where all folders and the lock are there, nothing is made: the disk may be full.
mkdir "$spool/default/failed" or die $!;
put_batch($spool, 'default', $_) for 'i', 'bad';
my $trace = folder() . '/trace';
is exit_of(reap(spawn(['strace', '-o', $trace, program('mixspool'), 'drain', '-n', 1, $spool,
		'--', 'sh', '-c', 'read -r line; test $line != bad || exit 65'],
		err => '/dev/null'))), 65, 'a drain of a good and a bad batch';
is_deeply [slurp($trace) =~ /^(?:[^\n]*O_CREAT|mkdir|mknod|link)[^\n]*/mg], [],
    '... makes no file and no folder';

done_testing;
