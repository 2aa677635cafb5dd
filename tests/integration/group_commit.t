#!/usr/bin/env perl
# Requests that arrive while the disk works share the next commit, even if they are
# more than there are threads; and each gets its own answer.

use strict;
use warnings;
use IO::Select;
use POSIX ();
use Test::More;
use Testbed;
use Time::HiRes qw(sleep);

my $requests = 32;
my $receiver = receiver(
	args => ['-j', 4],
	env => { LD_PRELOAD => program('tests/faults/slow_disk.so'),
		SLOW_DISK_MS => 200 });

# All are sent before the first answer is read. Request N has N users; every
# eighth request is bad, and another eighth has one more element, which is set aside.
my @sockets;
for my $n (1 .. $requests) {
	my @users = map { user("r$n-$_") } 1 .. $n;
	$users[-1] = 'nul' if $n % 8 == 0;
	push @users, $n if $n % 8 == 4;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket,
		fastcgi_records(form('[' . join(',', @users) . ']'), {}));
	push @sockets, $socket;
}
my $total = 0;
for my $n (1 .. $requests) {
	my $answer = fastcgi_answer($sockets[$n - 1]);
	if ($n % 8 == 0) {
		is $answer->{status}, 400, "request $n is refused";
		next;
	}
	is $answer->{text}, 'spooled ' . ($n == 1 ? '1 user' : "$n users")
	    . ($n % 8 == 4 ? ", set 1 aside: users[$n]: not an object" : '')
	    . "\n", "request $n has its own answer";
	$total += $n;
}
my @batches = batches_in($receiver->{spool});
cmp_ok scalar(@batches), '<=', 6,
    "far fewer commits than requests: " . @batches;
my @aside = batches_in($receiver->{spool}, 'default', 'aside');
is_deeply [sort map { slurp($_) =~ /"element":(\d+)/g } @aside], [sort 4, 12, 20, 28],
    'what is set aside is there once, too';
my %has_neighbours = map { s{.*/}{}r => 1 } @batches;
ok !(grep { !$has_neighbours{s{.*/}{}r} } @aside), '... in files with the names of batches';
my $wrong = join ' ', grep { !/-(\d+)\.jsonl\z/ || $1 != (slurp($_) =~ tr/\n//) } @batches;
is $wrong, '', 'the name of each batch has the number of its lines';
my @lines = lines_in($receiver->{spool});
is scalar(@lines), $total, 'every user is there once';
is scalar(keys %{ { map { $_ => 1 } @lines } }), $total, 'none twice';
for my $n (grep { $_ % 8 } 1 .. $requests) {
	my @holding = grep { slurp($_) =~ /"r$n-1"/ } @batches;
	my @own = grep {/"r$n-\d+"/} map { split /^/m, slurp($_) } @holding;
	is scalar(@own), $n, "request $n is whole in one batch"
	    if $n == 1 || $n == 31;
}

stop($receiver->{pid});

# The thread that commits answers for all requests, and no client holds it up:
# neither one that cannot be answered and goes on sending ...
$receiver = receiver(args => ['-j', 4]);
my $body = form('[' . user('anna') . ']');
my $nobody_reads = fastcgi_connect($receiver->{socket});
shutdown $nobody_reads, 0;
fastcgi_send($nobody_reads, fastcgi_records($body, {}));
my $child = fork // die "fork: $!";
if (!$child) {
	sleep 0.1 while fastcgi_send($nobody_reads, 'x');
	POSIX::_exit(0);
}
close $nobody_reads;
# From here on the thread that commits takes no other request until it has answered.
wait_until { batches_in($receiver->{spool}) } 'the batch of that client';

sub is_soon_answered {
	my $what = shift;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, fastcgi_records($body, {}));
	ok scalar(IO::Select->new($socket)->can_read(15)), $what;
}
is_soon_answered('a client that cannot be answered holds up no other');
kill 'KILL', $child;
waitpid $child, 0;

# ... nor one that keeps the connection and reads none of its answers.
sub unread {
	my ($socket, $unread) = (shift, pack 'L', 0);
	ioctl $socket, 0x541b, $unread or die "FIONREAD: $!";
	return unpack 'L', $unread;
}
my $lazy = fastcgi_connect($receiver->{socket});
my ($records, $answered) = (fastcgi_records($body, {}, 1), 1);
for (my $n = 0; $answered && $n < 5000; $n++) {
	my $before = unread($lazy);
	fastcgi_send($lazy, $records) or last;
	$answered = eval {
		wait_until { unread($lazy) > $before } 'its answer', 2;
	};
}
is_soon_answered('... nor does one that reads no answer');

is stop($receiver->{pid}), 0, 'it ends with 0';
done_testing;
