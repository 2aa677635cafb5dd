#!/usr/bin/env perl
# What the receiver tells a service manager, on a socket of ours in its place:
# systemd.t has the real one.

use strict;
use warnings;
use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Testbed;

my $body = form('[' . user('a') . ']');

my $manager;

sub manager {
	my $name = shift =~ s/\A@/\0/r;
	return IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $name)
	    // die "$name: $!";
}

# The next datagram, or undef.
sub heard {
	my ($manager, $seconds) = @_;
	IO::Select->new($manager)->can_read($seconds // 10) or return;
	recv $manager, my $state, 1000, 0;
	return $state;
}

# All that waits to be read.
sub states {
	my @states;
	while (defined(my $state = heard($manager, 0))) { push @states, $state }
	return @states;
}

my $path = folder() . '/notify';
for my $name ($path, "\@mixspool-test-$$") {
	$manager = manager($name);
	my $receiver = receiver(env => { NOTIFY_SOCKET => $name });
	is heard($manager), 'READY=1', "$name: it is ready";
	unlike slurp($receiver->{log}), qr/cannot|goes without|in part/, '... in its sandbox';
	is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and serves';
	is stop($receiver->{pid}), 0, '... to the end';
	is heard($manager), 'STOPPING=1', '... which it announces, and nothing else';
	is heard($manager, 0), undef, '... for no watchdog was asked for';
	unlink $path;
}

$manager = manager($path);
my $receiver = receiver(env => { NOTIFY_SOCKET => $path, WATCHDOG_USEC => 2000000 });
is heard($manager), 'READY=1', 'with a watchdog: ready';
is heard($manager), 'WATCHDOG=1', "... and alive" for 1 .. 2;
$manager->close;
unlink $path;
is fastcgi($receiver->{socket}, $body)->{status}, 200, 'a manager that is gone stops nothing';
is stop($receiver->{pid}), 0, '... to the end';

$manager = manager($path);
$receiver = receiver(env => { NOTIFY_SOCKET => $path, WATCHDOG_USEC => 2000000,
		WATCHDOG_PID => 1 });
is stop($receiver->{pid}), 0, "a watchdog of another process";
is_deeply [map { heard($manager) } 1 .. 2], ['READY=1', 'STOPPING=1'],
    '... gets nothing';

# A disk that hangs holds up its requests, not the signs of life.
my $shim = folder() . '/shim';
mkdir $shim;
$receiver = receiver(spool => make_spool('default'),
	env => { NOTIFY_SOCKET => $path, WATCHDOG_USEC => 2000000,
		LD_PRELOAD => program('tests/faults/hanging_disk.so'),
		HANGING_DISK => $shim, MIXSPOOL_SANDBOX => 'off' });
is heard($manager), 'READY=1', 'with a disk that hangs';
spew("$shim/hang", '');
my $socket = fastcgi_connect($receiver->{socket});
fastcgi_send($socket, fastcgi_records($body, {}));
wait_until { batches_in($receiver->{spool}, 'default', 'tmp') } 'the commit';
is heard($manager), 'WATCHDOG=1', '... it is alive' for 1 .. 3;
unlink "$shim/hang";
is fastcgi_answer($socket)->{status}, 200, '... and the request gets the truth';

# A stop waits for the request in hand, alive.
my $late = fastcgi_connect($receiver->{socket});
my $records = fastcgi_records($body, {});
fastcgi_send($late, substr $records, 0, 100, '');
fastcgi($receiver->{socket}, $body);	# which is behind that one
kill 'TERM', $receiver->{pid};
wait_until { (heard($manager) // '') eq 'STOPPING=1' } 'the stop';
is heard($manager), 'WATCHDOG=1', 'a stop that takes long: alive' for 1 .. 2;
fastcgi_send($late, $records);
is fastcgi_answer($late)->{status}, 200, '... to the last answer';
is reap($receiver->{pid}), 0, '... and to the end';

# So does a disk that hangs under the secret, which is read again on SIGHUP. Requests
# are answered, and a stop is not held up.
my $secret = spew("$shim/secret", "one\n");
chmod 0600, $secret;
my %hanging = (NOTIFY_SOCKET => $path, WATCHDOG_USEC => 2000000,
	MIXSPOOL_SECRET_FILE => $secret, MIXSPOOL_SANDBOX => 'off',
	LD_PRELOAD => program('tests/faults/hanging_disk.so'), HANGING_DISK => $shim);
sub ask { return fastcgi($receiver->{socket}, 'users=[]', { QUERY_STRING => "token=$_[0]" })->{status} }

$receiver = receiver(env => \%hanging);
wait_until { (heard($manager) // '') eq 'READY=1' } 'the start';
spew("$shim/hang", '');
spew($secret, "two\n");
kill 'HUP', $receiver->{pid};
states();
is heard($manager), 'WATCHDOG=1', 'a secret on a disk that hangs: alive' for 1 .. 3;
is ask('one'), 200, '... and the secret from before counts';
kill 'HUP', $receiver->{pid};
states();
is heard($manager), 'WATCHDOG=1', '... also after another SIGHUP';
unlink "$shim/hang";
wait_until { 2 == (() = slurp($receiver->{log}) =~ /the secret was read again/g) }
    'it to be read for each SIGHUP';
is ask('two'), 200, '... until it is read';

spew("$shim/hang", '');
kill 'HUP', $receiver->{pid};
is ask('two'), 200, 'it hangs again';
is stop($receiver->{pid}), 0, '... and the stop does not';
unlink "$shim/hang";

# Signals that keep coming do not hold up what is due: the end of a slow request.
$receiver = receiver(env => \%hanging);
my $slow = fastcgi_connect($receiver->{socket});
fastcgi_send($slow, substr fastcgi_records($body, {}), 0, 100);
my $select = IO::Select->new($slow);
spew("$shim/later", '') if ask('two') == 200;
wait_until { kill 'HUP', $receiver->{pid}; $select->can_read(0) } 'its end', 20;
ok $select->can_read(0), 'a slow request ends, whatever signals come';
is stop($receiver->{pid}), 0, '... and so does the process';
unlink "$shim/later";

# A manager that reads nothing: the queue of its socket is full.
$receiver = receiver(env => \%hanging);
1 while IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => $path, Blocking => 0)->send('.');
kill 'TERM', $receiver->{pid};
is exit_of(reap($receiver->{pid}, 5)), 0, 'a manager that reads nothing does not hold up the stop';
states();

# An address that cannot be used is reported, and the start goes on.
for my $name ('@', 'relative', '/' . 'x' x 108, folder() . '/nobody') {
	$receiver = receiver(env => { NOTIFY_SOCKET => $name });
	like slurp($receiver->{log}), qr/cannot notify the service manager: \w/,
	    'an address of ' . length($name) . ' bytes that leads nowhere';
	is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
	is stop($receiver->{pid}), 0, '... to the end';
}

# The start failed: nothing is ready.
states();
my $err = folder() . '/err';
my $pid = spawn([program(), '-s', folder() . '/x', '-d', folder() . '/none'],
	env => { NOTIFY_SOCKET => $path }, err => $err);
is exit_of(reap($pid)), 66, 'a start that fails';
is scalar(grep { $_ eq 'READY=1' } states()), 0, '... is never ready';
done_testing;
