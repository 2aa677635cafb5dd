#!/usr/bin/env perl
# Every system call, and every allocation, fails once: the promise holds, and
# whoever was hit goes on or says that it could not. tests/faults/nth.c makes
# them fail, one in each run; a run is repeated for the next call until one
# meets no fault any more. Each call gets one of its errors, in turn, or all of
# them with PROVE=full in the environment.

use strict;
use warnings;
use Errno qw(:POSIX);
use Test::More;
use Testbed;
use Time::HiRes qw(time sleep);

alarm($ENV{TEST_SECONDS} // 3600);

my $full = ($ENV{PROVE} // '') eq 'full';
my $only = $ENV{FAULTS} // '';    # a pattern for the names of the scenarios
my $shim = program('tests/faults/nth.so');
my $slow = program('tests/faults/slow_disk.so');

my @open = (EMFILE, EACCES, ENFILE, EIO, ENOMEM, EINTR, ENOSPC, EROFS, EDQUOT);
my %errors = (
	(map { $_ => \@open } qw(open openat __open_2)),
	mkdirat => [ENOSPC, EDQUOT, EROFS, EACCES, EIO],
	(map { $_ => [EIO, EINTR, 'short'] } qw(read __read_chk)),
	recv => [ECONNRESET, EINTR, ENOMEM],
	write => [EPIPE, 'short', EIO, EINTR, ENOSPC],
	writev => [ENOSPC, 'short', EDQUOT, EIO, EINTR, EFBIG],
	close => [EIO, EINTR, ENOSPC, EDQUOT],
	(map { $_ => [EIO, ENOSPC, EDQUOT, EROFS, EINTR] } qw(fsync fdatasync)),
	renameat => [ENOSPC, EDQUOT, EIO, EACCES, EROFS],
	unlinkat => [EIO, EACCES, EROFS],
	(map { $_ => [EIO, ENOMEM, EACCES] } qw(fstat fstatat statx)),
	fstatvfs => [EIO, ENOMEM, EINTR],
	(map { $_ => [EPERM, EROFS, EIO] } qw(fchmod fchown chmod)),
	fdopendir => [ENOMEM],
	readdir => [EIO],
	accept4 => [EMFILE, EINTR, ENFILE, ENOMEM, ECONNABORTED],
	(map { $_ => [ENOMEM, ENOSPC] } qw(epoll_ctl)),
	(map { $_ => [EMFILE, ENFILE, ENOMEM] }
		qw(pipe2 signalfd epoll_create1 socket)),
	(map { $_ => [EINTR, ENOMEM] } qw(poll)),
	(map { $_ => [EINTR] } qw(epoll_pwait sem_wait waitpid flock)),
	fcntl => [EMFILE, ENOLCK, EPERM],
	(map { $_ => [EAGAIN, ENOMEM] } qw(fork pthread_create)),
	posix_spawnp => [EAGAIN, ENOMEM, E2BIG, ENOENT, EACCES],
	getrandom => [EINTR, ENOSYS],
	ioctl => [EIO],
	(map { $_ => [EADDRINUSE, ENOMEM] } qw(bind listen)),
	(map { $_ => [ENOMEM, ENOTCONN] } qw(setsockopt shutdown)),
	(map { $_ => [ENOMEM] } qw(malloc calloc realloc strdup)),
);

my (%injected, %sites, @wrong);

# Runs a scenario once for each fault that it can meet. It is called with the
# environment of the shim, and a subroutine that tells whether the fault has
# come; what it finds wrong it tells with wrong().
my $now;

sub wrong {
	push @wrong, "$now: @_";
	return;
}

sub each_fault {
	my ($program, $name, $scenario, @calls) = @_;
	return if $name !~ /$only/;
	my ($before, $wrong, $started) = ($injected{$program} // 0,
		scalar @wrong, time);
	for my $call (@calls ? @calls : sort keys %errors) {
		my @errors = @{ $errors{$call} };
		# In the budget, of the many calls of one kind each third.
		CALL: for (my $nth = 1;; $nth += $full || $nth < 4 ? 1 : 3) {
			my @these = $full ? @errors
			    : $errors[($nth - 1) % @errors];
			for my $error (@these) {
				one_fault($program, $name, $scenario, $call,
					$nth, $error) or last CALL;
			}
		}
	}
	is @wrong - $wrong, 0, sprintf '%s: %d faults', $name,
	    $injected{$program} - $before
	    or diag join "\n", @wrong[$wrong .. $#wrong];
	note sprintf '%s took %.1f s', $name, time - $started;
	return;
}

# false: the run met no such fault.
sub one_fault {
	my ($program, $name, $scenario, $call, $nth, $error) = @_;
	my $log = folder() . '/fault.log';
	unlink $log, folder() . '/fault.from';
	$now = "$name, $call $nth fails with "
	    . ($error eq 'short' ? $error : do { local $! = $error; "$!" });
	$scenario->({ LD_PRELOAD => $shim, MIXSPOOL_SANDBOX => 'off',
			FAULT_CALL => $call, FAULT_NTH => $nth,
			FAULT_ERRNO => $error, FAULT_LOG => $log }, $call);
	return 0 unless -e $log;
	my @lines = split /\n/, slurp($log);
	wrong('more than one fault') if @lines != 1;
	my ($site) = $lines[0] =~ /(\S+)$/;
	$sites{$program}{"$call $site"}++;
	$injected{$program}++;
	return 1;
}

# Files of others, which nobody may touch: a batch that waits for a consumer,
# one that another writer is at, and some notes.
sub put_foreign {
	my ($spool, $campaign, @states) = @_;
	for my $state (@states) {
		my $path = "$spool/$campaign/$state";
		mkdir $path;
		spew("$path/20261124T065034.123456Z-9f3a1c22-000042.jsonl",
			user("foreign-$state") . "\n");
		spew("$path/notes", "mine\n");
	}
	return;
}

sub foreign_of {
	my ($spool, $campaign) = @_;
	return join "\n", map { "$_: " . slurp($_) }
	    grep {m{/(?:notes|[^/]*-9f3a1c22-[^/]*)\z}}
	    map { batches_in($spool, $campaign, $_) } qw(tmp new);
}

# What one POST left behind, against its answer.
#
# 'No answer' is the limit that README.md tells of: what fails while the 200 is
# written comes after the commit. Then the users are there, all or none.
# 400 is for what comes from the client's side alone: a body that cannot be read
# to its end.
sub check_post {
	my ($answer, $call, $ids, @stored) = @_;
	my $status = $answer->{status};
	my %wanted = map { (user($_) . "\n" => 1) } @$ids;
	my $there = grep { $wanted{$_} } @stored;
	if ($status == 200) {
		wrong("200 with $there of " . @$ids) if $there != @$ids;
	} elsif ($status != 0) {
		wrong("$status with $there users stored") if $there;
		wrong("the answer is $status, $answer->{text}")
		    if $status != 503
		    && !($status == 400 && $call =~ /^(?:read|recv|poll)$/);
	} else {
		wrong("no answer, with $there of " . @$ids)
		    if $there && $there != @$ids;
	}
	return;
}

# The campaign has no line but those of others and of these ids, each once, and
# in tmp/ nothing new.
sub check_campaign {
	my ($spool, $campaign, $foreign, @ids) = @_;
	my %known = map { (user($_) . "\n" => 1) } @ids;
	my %seen;
	for my $line (lines_in($spool, $campaign)) {
		next if $line eq "mine\n" || $line =~ /"foreign-/;
		wrong("a torn line: $line") if !$known{$line};
		wrong("twice: $line") if $seen{$line}++;
	}
	wrong('what others had has changed')
	    if foreign_of($spool, $campaign) ne $foreign;
	wrong('something stays in tmp/')
	    if grep { !m{/notes\z|-9f3a1c22-} }
	    batches_in($spool, $campaign, 'tmp');
	return;
}

# One escape, so that jansson is given a copy, and one array.
my $posts = 0;

sub ids { return map { "p$posts-$_" } 1 .. shift }

sub list { return form('[' . join(',', map { user($_) } @_) . ']') }

# CGI: a process for each request.
sub cgi_once {
	my ($states) = @_;
	return sub {
		my ($environment, $call) = @_;
		my $spool = make_spool('default');
		put_foreign($spool, 'default', @$states);
		my $foreign = foreign_of($spool, 'default');
		$posts++;
		my @ids = ids(2);
		my $answer = cgi({ %$environment, MIXSPOOL_DIR => $spool },
			list(@ids), {});
		wrong("it ends with $answer->{exit}, answered "
			. $answer->{status})
		    if $answer->{exit} != ($answer->{status} == 0 ? 71 : 0)
		    && $call ne 'write';
		check_post($answer, $call, \@ids, lines_in($spool));
		check_campaign($spool, 'default', $foreign, @ids);
		return;
	};
}
each_fault('mixspool.fcgi', 'CGI', cgi_once(['tmp', 'new']));
each_fault('mixspool.fcgi', 'CGI, the first request of a campaign',
	cgi_once(['tmp']), qw(mkdirat openat fsync));

# The FastCGI receiver.
sub descriptors {
	my $pid = shift;
	opendir my $open, "/proc/$pid/fd" or return;
	return map { readlink("/proc/$pid/fd/$_") // () }
	    grep {/^\d+$/} readdir $open;
}

sub sockets { return scalar grep {/^socket:/} descriptors(shift) }

# A receiver whose calls count from now on, and the number of its descriptors.
sub faulty_receiver {
	my ($spool, $environment) = @_;
	my $from = folder() . '/fault.from';
	my $receiver = receiver(spool => $spool, args => ['-j', 8],
		env => { %$environment, FAULT_FROM => $from });
	# The connection that saw whether it listens may still wait to be
	# accepted; it is when one behind it has its answer.
	fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'GET' });
	wait_until { slurp($receiver->{log}) =~ /ready/
		    && sockets($receiver->{pid}) == 1 } 'an idle receiver';
	$receiver->{descriptors} = descriptors($receiver->{pid});
	spew($from, '');
	return $receiver;
}

# It has lost nothing: neither the next request nor a descriptor.
sub check_receiver {
	my ($receiver, $campaign) = @_;
	my @ids = ids(1);
	unlink folder() . '/fault.from';
	my $answer = fastcgi($receiver->{socket}, list("next-$ids[0]"),
		{ PATH_INFO => "/$campaign" });
	wrong("the next request gets $answer->{status}, $answer->{text}")
	    if $answer->{status} != 200;
	eval {
		wait_until { descriptors($receiver->{pid})
			    == $receiver->{descriptors} } 'descriptors', 10;
	} or wrong("of $receiver->{descriptors} descriptors it has now:",
		descriptors($receiver->{pid}));
	my $status = eval { stop($receiver->{pid}) } // -1;
	wrong("it ends with $status") if $status != 0;
	unlink $receiver->{socket}, $receiver->{log};
	return "next-$ids[0]";
}

# COUNT requests, all sent before the first answer is read.
sub fastcgi_at_once {
	my ($count, $campaign, $states, %more) = @_;
	return sub {
		my ($environment, $call) = @_;
		my $spool = make_spool('default', 'vip');
		put_foreign($spool, $campaign, @$states);
		my $foreign = foreign_of($spool, $campaign);
		my $receiver = faulty_receiver($spool,
			{ %$environment, %more });
		my (@sockets, @all);
		for my $n (1 .. $count) {
			$posts++;
			my @ids = ids($count > 1 ? 1 : 2);
			push @all, \@ids;
			push @sockets, fastcgi_connect($receiver->{socket});
			fastcgi_send($sockets[-1], fastcgi_records(list(@ids),
				{ PATH_INFO => "/$campaign" }));
		}
		my @answers = map { fastcgi_answer($_) } @sockets;
		close $_ for @sockets;
		my $next = check_receiver($receiver, $campaign);
		my @stored = lines_in($spool, $campaign);
		check_post($answers[$_], $call, $all[$_], @stored)
		    for 0 .. $#answers;
		check_campaign($spool, $campaign, $foreign, $next,
			map {@$_} @all);
		return;
	};
}
each_fault('mixspool.fcgi', 'FastCGI',
	fastcgi_at_once(1, 'default', ['tmp', 'new']));
each_fault('mixspool.fcgi', 'FastCGI, the first request of a campaign',
	fastcgi_at_once(1, 'vip', ['tmp']), qw(mkdirat openat fsync close));
# The first is committed alone, and meanwhile the others gather.
each_fault('mixspool.fcgi', 'FastCGI, a commit of several',
	fastcgi_at_once(4, 'default', ['tmp', 'new'],
		LD_PRELOAD => "$shim $slow", SLOW_DISK_MS => 50),
	$full ? () : qw(openat writev fdatasync close renameat fsync calloc));

# drain.
my $command = 'cat >>"$TAKEN"';

sub drain_once {
	my ($script, @options) = @_;
	return sub {
		my ($environment) = @_;
		my $spool = make_spool('default', 'vip');
		my $taken = spew(folder() . '/taken', '');
		my @lines;
		for my $batch (1 .. 4) {
			my @these = map { user("d$batch-$_") } 1 .. 2;
			push @lines, @these;
			put_batch($spool, $batch == 4 ? 'vip' : 'default',
				@these);
		}
		spew("$spool/default/new/notes", "mine\n");
		my @drain = ('drain', @options, $spool, '--', 'sh', '-c',
			$script);
		my ($status, $out, $err) = tool({ %$environment,
				TAKEN => $taken }, @drain);
		check_drain($spool, $taken, $status, $err, @lines);
		($status, $out, $err) = tool({ TAKEN => $taken }, @drain);
		wrong("the next drain ends with $status, $err")
		    if $status != 0;
		wrong("the next drain leaves $_") for grep { !m{/notes\z} }
		    map { batches_in($spool, $_) } qw(default vip);
		check_drain($spool, $taken, 0, '', @lines);
		return;
	};
}

# Each line was handed over, or waits, or is where a refused one goes. Twice is
# allowed; status 0 means that none waits.
sub check_drain {
	my ($spool, $taken, $status, $err, @lines) = @_;
	my %waits = map { $_ => 1 } map { lines_in($spool, $_) }
	    qw(default vip);
	my %elsewhere = map { $_ => 1 } split(/^/m, slurp($taken)),
	    map { lines_in($spool, $_, 'failed') } qw(default vip);
	for my $line (map {"$_\n"} @lines) {
		wrong("lost: $line") if !$waits{$line} && !$elsewhere{$line};
		wrong("exit 0, but this waits: $line")
		    if $status == 0 && $waits{$line};
	}
	wrong("exit $status without a word") if $status != 0 && $err eq '';
	wrong("exit $status: $err") if $status > 78;
	wrong('a file that is no batch has changed')
	    if slurp("$spool/default/new/notes") ne "mine\n";
	return;
}
each_fault('mixspool drain', 'drain', drain_once($command, '-n', 2));
each_fault('mixspool drain', 'drain -k', drain_once($command, '-k'),
	qw(openat mkdirat fstat fchown fsync renameat close));
each_fault('mixspool drain', 'drain of bad data', drain_once(
		"lines=\$(cat); case \$lines in *d2-*) exit 65;; esac; "
		. "printf '%s\\n' \"\$lines\" >>\"\$TAKEN\""),
	$full ? () : qw(openat mkdirat fstat fchown fsync renameat realloc));

# init.
my $group = getgrgid((split / /, $))[0]);

sub init_once {
	my ($repairs) = @_;
	return sub {
		my ($environment) = @_;
		my $spool = folder() . '/init' . $posts++;
		my @arguments = ('-g', $group, $spool);
		tool('init', $spool, 'east', 'west') if $repairs;
		unshift @arguments, '-r' if $repairs;
		push @arguments, 'east', 'west' if !$repairs;
		my ($status, $out, $err) = tool($environment, 'init',
			@arguments);
		check_init($spool, $status, $err);
		($status, $out, $err) = tool('init', @arguments);
		wrong("the second init ends with $status, $err")
		    if $status != 0;
		check_init($spool, $status, $err);
		return;
	};
}

sub check_init {
	my ($spool, $status, $err) = @_;
	if ($status != 0) {
		wrong("exit $status without a word") if $err eq '';
		wrong("exit $status: $err") if $status > 78;
		return;
	}
	for my $path ($spool, map { ($_, "$_/tmp", "$_/new") }
		map {"$spool/$_"} qw(default east west)) {
		my @stat = stat $path;
		wrong(@stat ? sprintf('exit 0 and %s has mode %04o', $path,
				$stat[2] & 07777) : "exit 0 without $path")
		    if !@stat || ($stat[2] & 07777) != 02770;
	}
	return;
}
each_fault('mixspool init', 'init', init_once(0));
each_fault('mixspool init', 'init -r', init_once(1),
	$full ? () : qw(openat fdopendir readdir fchown fchmod fsync));

for my $program (sort keys %injected) {
	diag sprintf '%s: %d faults at %d call sites', $program,
	    $injected{$program}, scalar keys %{ $sites{$program} };
}
done_testing;
