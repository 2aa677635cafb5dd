package Faults;

# Makes every system call and every allocation fail once. tests/faults/fail_nth_call.c
# makes one call fail in each run; the run is repeated for the next call until no call
# is left. Or a disk breaks, and each call that writes to it fails from then on. A call
# fails with one of its errors, in turn, and some of many calls of one kind are left
# out; with PROVE=full in the environment none is, and each fails with all its errors.
# The environment variable FAULTS is a pattern for the names of scenarios, CALLS for
# those of calls.

use strict;
use warnings;
use Errno qw(:POSIX);
use Exporter qw(import);
use Test::More;
use Testbed;
use Time::HiRes qw(time);

our @EXPORT = qw(full shim faulty_calls each_fault each_breakage has_failed wrong
    counts_from descriptors tell_of_faults);

alarm($ENV{TEST_SECONDS} // 3600);

my $full = ($ENV{PROVE} // '') eq 'full';
my ($only, $only_calls) = map {qr/(?:$_)/} $ENV{FAULTS} // '',
    $ENV{CALLS} // '';
my $shim = program('tests/faults/fail_nth_call.so');

sub full { return $full }
sub shim { return $shim }

my @open = (EMFILE, EACCES, ENFILE, EIO, ENOMEM, EINTR, ENOSPC, EROFS, EDQUOT);
my %errors = (
	(map { $_ => \@open } qw(open open64 openat __open_2)),
	mkdirat => [ENOSPC, EDQUOT, EROFS, EACCES, EIO],
	(map { $_ => [EIO, EINTR, 'short'] } qw(read __read_chk)),
	(map { $_ => [EIO, 'short'] } qw(pread pread64)),
	splice => [EINVAL, EIO, EAGAIN, ENOMEM, EINTR],
	recv => [ECONNRESET, EINTR, ENOMEM],
	send => [ECONNRESET, 'short', EINTR, ENOMEM],
	write => [EPIPE, 'short', EIO, EINTR, ENOSPC],
	writev => [ENOSPC, 'short', EDQUOT, EIO, EINTR, EFBIG],
	(map { $_ => [ENOSPC, 'short', EIO, EDQUOT] } qw(pwrite pwrite64)),
	ftruncate64 => [EIO, ENOSPC],
	(map { $_ => [ENOMEM] } qw(mmap mmap64)),
	close => [EIO, EINTR, ENOSPC, EDQUOT],
	(map { $_ => [EIO, ENOSPC, EDQUOT, EROFS, EINTR] }
		qw(fsync fdatasync syncfs)),
	renameat => [ENOSPC, EDQUOT, EIO, EACCES, EROFS],
	renameat2 => [ENOSPC, EDQUOT, EIO, EACCES, EROFS, EEXIST],
	(map { $_ => [EIO, EACCES, EROFS] } qw(unlink unlinkat)),
	(map { $_ => [EIO, ENOMEM, EACCES] }
		qw(fstat fstatat fstat64 stat stat64 lstat lstat64 statx
		realpath)),
	access => [EIO, EACCES],
	readlink => [EACCES, ENOENT, ENOMEM],
	execv => [ENOMEM, EACCES, E2BIG],
	fstatvfs => [EIO, ENOMEM, EINTR],
	(map { $_ => [EPERM, EROFS, EIO] } qw(fchmod fchown chmod)),
	fdopendir => [ENOMEM],
	setenv => [ENOMEM],
	fopen => [EMFILE, EACCES, ENOMEM],
	readdir => [EIO],
	accept4 => [EMFILE, EINTR, ENFILE, ENOMEM, ECONNABORTED],
	connect => [ETIMEDOUT, EADDRNOTAVAIL],
	(map { $_ => [ENOMEM, ENOSPC] } qw(epoll_ctl)),
	(map { $_ => [EMFILE, ENFILE, ENOMEM] }
		qw(pipe2 signalfd epoll_create1 inotify_init1 socket
		socketpair)),
	inotify_add_watch => [ENOSPC, ENOMEM],
	(map { $_ => [EINTR, ENOMEM] } qw(poll ppoll)),
	(map { $_ => [EINTR] }
		qw(epoll_pwait sem_wait waitpid flock sigtimedwait)),
	(map { $_ => [EMFILE, ENOLCK, EPERM] } qw(fcntl fcntl64)),
	(map { $_ => [EAGAIN, ENOMEM] } qw(fork pthread_create)),
	posix_spawnp => [EAGAIN, ENOMEM, E2BIG, ENOENT, EACCES],
	getrandom => [EINTR, ENOSYS],
	ioctl => [EIO],
	(map { $_ => [EADDRINUSE, ENOMEM] } qw(bind listen)),
	(map { $_ => [ENOMEM, ENOTCONN] } qw(setsockopt getsockopt shutdown)),
	fflush => [ENOSPC, EIO, EPIPE],
	getgrnam => [EIO, EMFILE, ENOMEM],
	(map { $_ => [ENOMEM] } qw(malloc calloc realloc strdup strndup asprintf
		__asprintf_chk open_memstream fclose
		posix_spawn_file_actions_init posix_spawn_file_actions_adddup2)),
);

sub faulty_calls { return keys %errors }

my (%injected, %sites, @wrong, $now);
our $none_fails; # the log is of all calls

# Called by a scenario with what is wrong.
sub wrong {
	push @wrong, "$now: @_";
	return;
}

# A path for FAULT_FROM: calls count once a file is there.
sub counts_from { return folder() . '/fault.from' }

# The open files of a process; none if it has ended.
sub descriptors {
	my $pid = shift;
	opendir my $open, "/proc/$pid/fd" or return;
	return map { readlink("/proc/$pid/fd/$_") // () }
	    grep {/^\d+$/} readdir $open;
}

# Runs a scenario once for each fault in @CALLS, or in all calls that it makes. Its
# arguments are the environment of the shim and the name of the call.
sub each_fault {
	my ($program, $name, $scenario, @calls) = @_;
	each_run($program, $name, sub {
		my %made = map { $_ => 1 } grep {/$only_calls/}
		    calls_of($name, $scenario);
		each_of_call(@_, $scenario, $_) for grep { $made{$_} }
		    @calls ? @calls : sort keys %errors;
	});
	return;
}

sub each_of_call {
	my ($program, $name, $scenario, $call) = @_;
	my @errors = @{ $errors{$call} };
	for (my $nth = 1;; $nth += $full ? 1 : step($nth)) {
		for my $error ($full ? @errors : $errors[($nth - 1) % @errors]) {
			one_fault($program, $name, $scenario, $call, $nth,
				$error) or return;
		}
	}
}

# Runs a scenario with a disk that breaks at the first call that writes to it, at
# the second, and so on: see fail_nth_call.c.
sub each_breakage {
	my ($program, $name, $scenario) = @_;
	my @errors = (EIO, EROFS);
	each_run($program, $name, sub {
		return if 'disk' !~ $only_calls;
		for (my $nth = 1;; $nth++) {
			for my $error ($full ? @errors : $errors[$nth % 2]) {
				one_fault(@_, $scenario, 'disk', "$nth+",
					$error) or return;
			}
		}
	});
	return;
}

# The runs of a scenario are one test.
sub each_run {
	my ($program, $name, $runs) = @_;
	return if $name !~ /$only/;
	my ($before, $wrong, $started) = ($injected{$program} // 0,
		scalar @wrong, time);
	$runs->($program, $name);
	wrong('no call of it has failed') if ($injected{$program} // 0) == $before;
	is @wrong - $wrong, 0, sprintf '%s: %d faults', $name,
	    ($injected{$program} // 0) - $before
	    or diag join "\n", @wrong[$wrong .. $#wrong];
	note sprintf '%s took %.1f s', $name, time - $started;
	return;
}

# The names of the calls that failed in this run so far, a line each.
sub has_failed {
	my $log = folder() . '/fault.log';
	return !$none_fails && -e $log ? slurp($log) =~ s/ .*//gr : '';
}

# Without PROVE=full: the first calls, then each third, and then ever fewer.
sub step {
	my $nth = shift;
	return $nth < 3 ? 1 : $nth < 12 ? 3 : int $nth / 2;
}

# Runs the scenario once and returns the lines of the shim's log.
sub run_with {
	my ($scenario, $call, $nth, $error) = @_;
	my $log = folder() . '/fault.log';
	unlink $log, counts_from();
	# An ordinary user sees the descriptors of a process that is dumpable.
	$scenario->({ LD_PRELOAD => "$shim " . program('tests/faults/kernel_without.so'),
			KERNEL_WITHOUT => 'dumpable', MIXSPOOL_SANDBOX => 'off',
			FAULT_CALL => $call, FAULT_NTH => $nth,
			FAULT_ERRNO => $error, FAULT_LOG => $log }, $call);
	return -e $log ? split /\n/, slurp($log) : ();
}

# The names of the calls that a scenario makes when none fails.
sub calls_of {
	my ($name, $scenario) = @_;
	$now = "$name, without a fault";
	local $none_fails = 1;
	return map {/^(\S+)/} run_with($scenario, 'any', 0, 0);
}

# False if the run made no such call.
sub one_fault {
	my ($program, $name, $scenario, $call, $nth, $error) = @_;
	$now = "$name, $call $nth fails with "
	    . ($error eq 'short' ? $error : do { local $! = $error; "$!" });
	my @lines = run_with($scenario, $call, $nth, $error) or return 0;
	wrong('more than one fault') if @lines != 1 && $nth =~ /\d\z/;
	$sites{$program}{$_}++ for map {s/ \S+//r} @lines;
	$injected{$program}++;
	return 1;
}

# Prints how many faults there were, as the last step of a test.
sub tell_of_faults {
	for my $program (sort keys %injected) {
		diag sprintf '%s: %d faults at %d call sites', $program,
		    $injected{$program}, scalar keys %{ $sites{$program} };
	}
	return;
}

1;
