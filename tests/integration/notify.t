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
	unlike slurp($receiver->{log}), qr/cannot|without/, '... in its sandbox';
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
is stop($receiver->{pid}), 0, '... to the end';

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
