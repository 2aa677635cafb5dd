#!/usr/bin/env perl
# drain --log syslog: cron without a mail program drops what drain reports on standard
# error. A private /dev/log stands for the system's.

use strict;
use warnings;
use Disks;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Testbed;

my $why = own_mounts();
plan skip_all => $why if $why;

my $spool = make_spool(qw(default));

# A /dev of our own, with what programs need.
my $dev = folder() . '/dev';
mkdir $dev or die $!;
system('mount', '-t', 'tmpfs', 'tmpfs', $dev) == 0 or die 'mount';
for my $name (qw(null zero random urandom)) {
	spew("$dev/$name", '');
	system('mount', '--bind', "/dev/$name", "$dev/$name") == 0 or die $name;
}
symlink '/proc/self/fd', "$dev/fd" or die $!;
system('mount', '--move', $dev, '/dev') == 0 or die 'mount --move';

# Nobody is there: all is still reported, on standard error.
my ($status, $out, $err);
sub drain {
	($status, $out, $err) = tool('drain', '--log', 'syslog', $spool, '--', @_);
	return $status;
}
put_batch($spool, 'default', 'a');
is drain('false'), 75, 'without a system log: exit 75';
like $err, qr/\Amixspool drain: cannot reach the system's log: No such file or directory\n.*false exited with 1/s,
    '... and standard error has the messages';

my $log = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => '/dev/log') or die "/dev/log: $!";
chmod 0666, '/dev/log';

# What came, as [facility, severity, text], without time and PID: RFC 3164.
sub logged {
	my @messages;
	$log->blocking(0);
	while (defined $log->recv(my $text, 8192)) {
		my ($code, $message) = $text =~ /\A<(\d+)>\w{3} [ \d]\d [\d:]{8} (.*)\z/s
		    or die $text;
		push @messages, [$code >> 3, $code & 7, $message =~ s/\Amixspool\[\d+\]: //r];
	}
	return @messages;
}
my ($user, $error, $warning) = (1, 3, 4);

unlink batches_in($spool);
my $batch = put_batch($spool, 'default', 'a');
is drain('false'), 75, 'a command that fails: exit 75';
is_deeply [logged()], [[$user, $error,
	"drain: default: false exited with 1; 1 batch stays ($batch) for the next run"]],
    '... which is an error in the log';
is $err, '', '... and not on standard error';
is drain('sh', '-c', 'cat >/dev/null; exit 65'), 65, 'a command that refuses: exit 65';
is_deeply [logged()], [[$user, $warning,
	"drain: default: sh refused 1 of 1 user of $batch: see failed/$batch"]],
    '... which is a warning';
is drain('nope'), 64, 'a command that is not there: exit 64';
is_deeply [logged()], [[$user, $error, 'drain: there is no command nope']], '... is in the log, too';
put_batch($spool, 'default', 'x');
is drain('sh', '-c', 'echo of the command >&2; cat'), 0, 'a good run: exit 0';
is_deeply [logged()], [], '... is not logged';
is $err, "of the command\n", '... and what the command reports is its own';

done_testing;
