#!/usr/bin/env perl
# The stop: at once when idle; under load after every accepted request is answered;
# and a restart on a socket that outlives the process loses no request.

use strict;
use warnings;
use Errno qw(EMFILE ECONNABORTED EINTR);
use Test::More;
use Testbed;
use Time::HiRes qw(time);

my $spool = make_spool();

for my $signal (qw(TERM INT)) {
	my $receiver = receiver();
	my @idle = map { fastcgi_connect($receiver->{socket}) } 1 .. 3;
	fastcgi_send($idle[0], fastcgi_records('users=[]', {}, 1));
	fastcgi_answer($idle[0]);
	my $before = time;
	is stop($receiver->{pid}, $signal), 0, "$signal at idle: exit 0";
	# A contract, not a measure of speed.
	cmp_ok time - $before, '<', 1, '... within a second';
	ok !-e $receiver->{socket}, '... and its socket is gone';
}

# Under load, with its own socket: all that were connected are answered.
my $slow = { LD_PRELOAD => program('tests/faults/slow_disk.so'),
	SLOW_DISK_MS => 30 };
my $receiver = receiver(args => ['-j', 4], env => $slow);
my @sockets = map { fastcgi_connect($receiver->{socket}) } 1 .. 100;
fastcgi_send($sockets[$_],
	fastcgi_records(form('[' . user("u$_") . ']'), {})) for 0 .. $#sockets;
kill 'TERM', $receiver->{pid};
my @answers = map { fastcgi_answer($_)->{status} } @sockets;
is reap($receiver->{pid}), 0, 'TERM under load: exit 0';
is scalar(grep { $_ == 200 } @answers), 100, '... all 100 are answered 200';
is scalar(lines_in($receiver->{spool})), 100, '... and stored once';

# ... also when there are more than it has descriptors for at once.
$receiver = receiver(args => ['-j', 2], env => $slow,
	wrapper => ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']);
@sockets = map { fastcgi_connect($receiver->{socket}) } 1 .. 100;
fastcgi_send($sockets[$_],
	fastcgi_records(form('[' . user("u$_") . ']'), {})) for 0 .. $#sockets;
kill 'TERM', $receiver->{pid};
@answers = map { fastcgi_answer($_)->{status} } @sockets;
is reap($receiver->{pid}), 0, 'TERM with few descriptors: exit 0';
is scalar(grep { $_ == 200 } @answers), 100, '... all 100 are answered 200';

# ... and when accepting the first of them fails. Silent connections take all
# descriptors, so that the requests wait in the socket until the stop.
for my $errno (EMFILE, ECONNABORTED, EINTR) {
	my $from = folder() . '/from';
	$receiver = receiver(args => ['-j', 2],
		wrapper => ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'],
		env => { LD_PRELOAD => program('tests/faults/fail_nth_call.so'), FAULT_NTH => 1,
			FAULT_CALL => 'accept4', FAULT_ERRNO => $errno, FAULT_FROM => $from,
			FAULT_LOG => folder() . '/failed', MIXSPOOL_SANDBOX => 'off' });
	my @silent = map { fastcgi_connect($receiver->{socket}) } 1 .. 64;
	@sockets = map { fastcgi_connect($receiver->{socket}) } 1 .. 3;
	fastcgi_send($_, fastcgi_records('users=[]', {})) for @sockets;
	spew($from, '');
	kill 'TERM', $receiver->{pid};
	wait_until { !-e $receiver->{socket} } 'the stop';
	close $_ for @silent;
	is_deeply [map { fastcgi_answer($_)->{status} } @sockets], [200, 200, 200],
	    "TERM, and accept fails with $errno: all are answered";
	is reap($receiver->{pid}), 0, '... exit 0';
	like slurp(folder() . '/failed'), qr/^accept4 $errno /, '... it did fail';
	unlink $from, folder() . '/failed';
}

# A connection is accepted just before the stop, and its request comes after.
$receiver = receiver();
my $late = fastcgi_connect($receiver->{socket});
kill 'TERM', $receiver->{pid};
fastcgi_send($late, fastcgi_records(form('[' . user('late') . ']'), {}));
is fastcgi_answer($late)->{status}, 200, 'a request that comes with the TERM';
reap($receiver->{pid});

# A TCP socket has no path that could be removed. Clients that go on connecting do
# not keep the process alive, even if more of them wait than it can accept.
my $address = '127.0.0.1:' . free_port();
my $tcp = spawn(['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh',
		program(), '-j', 2, '-s', $address, '-d', $spool]);
wait_until { fastcgi_connect($address) } 'the TCP port';
my $records = fastcgi_records('users=[]', {});
my @loops;
for my $loop (1 .. 12) {
	my $child = fork // die "fork: $!";
	if (!$child) {
		for (my $answered = 0;; ) {
			my @sockets;
			for (1 .. 8) {
				# A refusal: the receiver has ended.
				push @sockets, fastcgi_connect($address) || POSIX::_exit(0);
				fastcgi_send($sockets[-1], $records);
			}
			$answered += grep { (fastcgi_answer($_)->{status} // 0) == 200 }
			    @sockets;
			spew(folder() . "/answered$loop", $answered);
		}
	}
	push @loops, $child;
}
wait_until { 12 == grep { -s folder() . "/answered$_" } 1 .. 12 } 'the load';
is stop($tcp), 0, 'TERM under endless load on TCP: exit 0';
for (@loops) {
	waitpid $_, 0;
}

# Restarts on a socket that outlives the process, as systemd holds it, while
# clients post as fast as they can.
my $path = folder() . '/shared';
my $listener = IO::Socket::UNIX->new(Local => $path, Listen => 4096);
my ($clients, $restarts) = (8, 12);
my $enough = folder() . '/enough';
my $start = sub {
	spawn([program(), '-d', $spool], socket => $listener, env =>
		    { %$slow, SLOW_DISK_MS => 5 });
};
my $pid = $start->();
my @clients;
for my $client (1 .. $clients) {
	my $child = fork // die "fork: $!";
	if (!$child) {
		my ($lost, $n) = (0, 0);
		until (-e $enough) {
			$n++;
			my $status = fastcgi($path,
				form('[' . user("c$client-$n") . ']'))->{status};
			$lost++ if $status != 200;
		}
		spew("$enough.$client", $n);
		POSIX::_exit($lost > 255 ? 255 : $lost);
	}
	push @clients, $child;
}
# Each restart waits until the receiver has stored something: before that it may
# not handle signals yet.
for (1 .. $restarts) {
	my $before = lines_in($spool);
	wait_until { lines_in($spool) > $before } 'a user since the last restart';
	is stop($pid), 0, 'exit 0' or last;
	$pid = $start->();
}
spew($enough, '');
my $lost = 0;
for (@clients) {
	waitpid $_, 0;
	$lost += exit_of($?);
}
is $lost, 0, "$restarts restarts under load: no request is lost";
my $posted = 0;
$posted += slurp("$enough.$_") for 1 .. $clients;
my %seen;
$seen{$_}++ for lines_in($spool);
is scalar(keys %seen), $posted, '... every user is stored';
is scalar(grep { $_ > 1 } values %seen), 0, '... once';
stop($pid);

# With spawn-fcgi two processes share a socket: one may end, and the other serves.
my $two = make_spool();
my $fcgi = folder() . '/spawned';
my $output = `spawn-fcgi -s $fcgi -M 0600 -F 2 -- @{[program()]} -d $two 2>&1`;
my @pids = $output =~ /PID: (\d+)/g;
is scalar(@pids), 2, 'spawn-fcgi starts two';
is fastcgi($fcgi, form('[' . user("s$_") . ']'))->{status}, 200,
    "request $_ of two processes" for 1 .. 2;
kill 'TERM', $pids[0];
wait_until { !kill 0, $pids[0] } 'the first to end';
is fastcgi($fcgi, form('[' . user("s$_") . ']'))->{status}, 200,
    "request $_ of the other" for 3 .. 4;
kill 'TERM', $pids[1];
wait_until { !kill 0, $pids[1] } 'the second to end';
is scalar(lines_in($two)), 4, 'all stored';

done_testing;
