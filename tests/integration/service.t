#!/usr/bin/env perl
# Whatever one client or the surroundings do, the service stays up and answers others.

use strict;
use warnings;
use Test::More;
use Testbed;

my $body = form('[' . user('a') . ']');

sub answers {
	my ($receiver, $what) = @_;
	return is fastcgi($receiver->{socket}, $body)->{status}, 200, $what;
}

# Every descriptor that may be closed at start, alone and all together.
for my $closed ([0], [1], [2], [0, 1, 2]) {
	my $receiver = receiver(closed => $closed);
	answers($receiver, "descriptors @$closed closed at start");
	my $refused = fastcgi($receiver->{socket}, 'nothing');
	is $refused->{status}, 400, '... and an error that is logged';
	is_deeply [lines_in($receiver->{spool})], [user('a') . "\n"],
	    '... lands in no batch';
	stop($receiver->{pid});
}

# Clients that send nothing or only a part, more of them than threads.
my $receiver = receiver(args => ['-j', 4]);
my @silent = map { fastcgi_connect($receiver->{socket}) } 1 .. 64;
answers($receiver, '64 silent clients before 4 threads');
my $records = fastcgi_records($body, {});
for my $size (1, 8, 16, 20, 100, length($records) - 8) {
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, substr $records, 0, $size);
	close $socket;
}
answers($receiver, 'clients that go away in the middle');
fastcgi_send($silent[9], $records);
is fastcgi_answer($silent[9])->{status}, 200, 'a silent one that speaks up';
stop($receiver->{pid});
is scalar(lines_in($receiver->{spool})), 3, 'only whole requests were stored';

# A body that is cut off is an error. The connection is half closed, so that the
# answer can be read.
$receiver = receiver();
my $socket = fastcgi_connect($receiver->{socket});
my $long = fastcgi_records(form('[' . user('x' x 90000) . ']'), {});
fastcgi_send($socket, substr $long, 0, 70000);
shutdown $socket, 1;
my $answer = fastcgi_answer($socket);
is $answer->{status}, 400, 'a body that is cut off';
like $answer->{text}, qr/the body was cut off/, '... is called that';
is scalar(lines_in($receiver->{spool})), 0, '... and is not stored';

# A connection that is kept serves one request after another.
$socket = fastcgi_connect($receiver->{socket});
for my $n (1 .. 3) {
	fastcgi_send($socket, fastcgi_records($body, {}, 1));
	is fastcgi_answer($socket)->{status}, 200, "kept connection, request $n";
}
fastcgi_send($socket, fastcgi_records($body, { PATH_INFO => '/no' }, 1));
is fastcgi_answer($socket)->{status}, 404, 'kept connection, early answer';
is sysread($socket, my $byte, 1), 0,
    '... after which the unread body ends the connection';

# Broken records end their connection and no other.
for my $junk ('GET / HTTP/1.0' . "\r\n" x 2, "\0" x 4096,
	pack('CCnnCC', 1, 1, 1, 8, 0, 0) . pack('nCx5', 9, 0),
	substr($records, 0, 24) . "\xff" x 200) {
	$socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, $junk);
	shutdown $socket, 1;
	is fastcgi_answer($socket)->{status}, 0, 'no answer to broken records';
}
answers($receiver, 'broken records leave the service up');
stop($receiver->{pid});

# With few descriptors some connections wait to be accepted until others are gone,
# so that those in hand have what they need.
my $limit = 64;
$receiver = receiver(args => ['-j', 2],
	wrapper => ['sh', '-c', "ulimit -n $limit; exec \"\$@\"", 'sh']);
my @many = map { fastcgi_connect($receiver->{socket}) } 1 .. 2 * $limit;
fastcgi_send($many[3], $records);
is fastcgi_answer($many[3])->{status}, 200,
    'a request among more connections than descriptors';
fastcgi_send($many[-1], $records);
close $_ for @many[0 .. $#many - 1];
is fastcgi_answer($many[-1])->{status}, 200,
    'and the last of them, when the others are gone';
stop($receiver->{pid});

# It starts as many threads as the descriptors allow, each with a connection.
$receiver = receiver(args => ['-j', 32],
	wrapper => ['sh', '-c', "ulimit -n $limit; exec \"\$@\"", 'sh']);
wait_until { slurp($receiver->{log}) =~ /ready: / } 'its start';
like slurp($receiver->{log}), qr/goes with 4 threads in place of 32: the limit of open files/,
    'more threads than descriptors: it says so';
my @idle = map { fastcgi_connect($receiver->{socket}) } 1 .. 3;
answers($receiver, '... and still has several connections');
stop($receiver->{pid});

$receiver = receiver(args => ['-j', 1],
	wrapper => ['sh', '-c', 'ulimit -n 24; exec "$@"', 'sh']);
answers($receiver, 'the least of descriptors does for one');
stop($receiver->{pid});

# A spool that is removed under a running receiver is not the client's fault.
$receiver = receiver();
remove_folder($receiver->{spool});
mkdir $receiver->{spool};
mkdir "$receiver->{spool}/default";
my $removed = fastcgi($receiver->{socket}, $body);
is $removed->{status}, 503, 'a spool that was removed: 503';
like $removed->{text}, qr/the spool was removed .* restart/, '... and what to do';
stop($receiver->{pid});

# Without descriptors there is no 200.
$receiver = receiver();
$socket = fastcgi_connect($receiver->{socket});
fastcgi_send($socket, fastcgi_records('users=[]', {}, 1));
is fastcgi_answer($socket)->{status}, 200, 'a connection that is kept';
system 'prlimit', "--pid=$receiver->{pid}", '--nofile=5:';
fastcgi_send($socket, $records);
unlike fastcgi_answer($socket)->{status}, qr/^[24]/,
    '... when there are no descriptors: neither 200 nor 4xx';
is scalar(batches_in($receiver->{spool}, 'default', 'new')), 0,
    '... and nothing is stored';
system 'prlimit', "--pid=$receiver->{pid}", '--nofile=64:';
answers($receiver, 'and 200 as soon as there are some');
stop($receiver->{pid});

# Clients that send a part and then nothing are cut off, and another client, which
# waits for a thread, gets its answer.
$receiver = receiver(args => ['-j', 2]);
my @partial = map { fastcgi_connect($receiver->{socket}) } 1 .. 2;
fastcgi_send($_, substr $records, 0, length($records) - 20) for @partial;
answers($receiver, 'after two slow clients before two threads');
for (@partial) {
	my $slow = fastcgi_answer($_);
	is $slow->{status}, 503, '... which are 503';
	like $slow->{text}, qr/over 30 seconds/, '... since they took too long';
}
stop($receiver->{pid});

# A limit on the size of files is a 503, not the end of the service.
$receiver = receiver(
	wrapper => ['sh', '-c', 'ulimit -f 1; exec "$@" 2>/dev/null', 'sh']);
$answer = fastcgi($receiver->{socket},
	form('[' . join(',', (user('a')) x 100) . ']'));
is $answer->{status}, 503, 'a batch over the limit of file sizes is 503';
like $answer->{text}, qr/File too large/, '... and why';
is scalar(batches_in($receiver->{spool}, 'default', 'tmp')), 0,
    '... and leaves nothing';
answers($receiver, '... and the service stays up');
stop($receiver->{pid});

# nginx keeps 1,000 connections open to 16 threads. The disk is so slow that all
# are there before many are answered.
$receiver = receiver(env => { SLOW_DISK_MS => 1000,
		MIXSPOOL_SANDBOX => 'off', # so that its descriptors can be seen
		LD_PRELOAD => program('tests/faults/slow_disk.so') });
my $nginx = nginx($receiver->{socket}, edit => sub {
	my $site = shift;
	$site =~ s/fastcgi_pass \S+;/fastcgi_pass kept; fastcgi_keep_conn on;/;
	return "upstream kept { server unix:$receiver->{socket}; "
	    . "keepalive 1000; }\n$site";
});
my $form = spew(folder() . '/form', $body);
my $ab = `ab -q -n 3000 -c 1000 -p $form \\
	-T application/x-www-form-urlencoded $nginx->{url} 2>&1`;
like $ab, qr/Complete requests:\s+3000\b/, '3,000 requests, 1,000 at a time';
like $ab, qr/Failed requests:\s+0\b/, '... none failed';
unlike $ab, qr/Non-2xx/, '... all 200';
is scalar(lines_in($receiver->{spool})), 3000, '... all stored';
opendir my $open, "/proc/$receiver->{pid}/fd" or die $!;
my $kept = grep { (readlink "/proc/$receiver->{pid}/fd/$_") =~ /^socket:/ }
    grep {/^\d+$/} readdir $open;
cmp_ok $kept, '>=', 900, "... $kept connections are kept open";
answers($receiver, 'others are answered meanwhile');
stop($receiver->{pid});

done_testing;
