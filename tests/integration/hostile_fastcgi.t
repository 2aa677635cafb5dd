#!/usr/bin/env perl
# Records that no web server sends, and a request cut at every byte: the receiver
# survives, answers the next request, stays small, and spools only complete ones.

use strict;
use warnings;
use IO::Poll qw(POLLHUP);
use IO::Select;
use Test::More;
use Testbed;
use Time::HiRes qw(time);

use constant { BEGIN_REQUEST => 1, ABORT => 2, PARAMS => 4, INPUT => 5,
	DATA => 8, GET_VALUES => 9 };

my $users = '[' . user('anna') . ']';
my $line = user('anna') . "\n";

# A record. %with may have a wrong version, id, length or padding.
sub record {
	my ($type, $content, %with) = @_;
	my $padding = $with{padding} // 0;
	return pack('CCnnCC', $with{version} // 1, $type, $with{id} // 1,
		$with{length} // length $content, $padding, 0)
	    . $content . "\0" x $padding;
}

sub begin {
	my (%with) = @_;
	return record(BEGIN_REQUEST, pack('nCx5', $with{role} // 1,
			$with{keep} // 0), %with);
}

sub number {
	return $_[0] < 128 ? chr $_[0] : pack 'N', $_[0] | 0x80000000;
}

sub pairs {
	my @pairs = @_;
	my $pairs = '';
	while (my ($name, $value) = splice @pairs, 0, 2) {
		$pairs .= number(length $name) . number(length $value)
		    . $name . $value;
	}
	return $pairs;
}

my $body = form($users);
my $variables = pairs(REQUEST_METHOD => 'POST', CONTENT_LENGTH => length $body,
	CONTENT_TYPE => 'application/x-www-form-urlencoded');
my $params = record(PARAMS, $variables) . record(PARAMS, '');
my $stdin = record(INPUT, $body) . record(INPUT, '');
my $good = begin() . $params . $stdin;

# A stream in records of SIZE bytes.
sub stream {
	my ($type, $bytes, $size) = @_;
	return join '', map { record($type, $_) }
	    unpack("(a$size)*", $bytes), '';
}

# Where libfcgi takes something for the end of the variables, the request lacks
# some, and its body is not whole either.
my @refused = (0, 400, 405);

# name, bytes, statuses that are right; 0: no answer
my @cases = (
	['a request of the test itself', $good, 200],
	(   map { ["version $_", begin(version => $_) . $params . $stdin, 0] }
		0, 2, 255
	),
	(   map { ["role $_", begin(role => $_) . $params . $stdin, 0] }
		0, 4, 65535
	),
	# These roles have the same streams, and more.
	['the role of a filter', begin(role => 3) . $params . $stdin, 0, 200],
	['the role of an authorizer', begin(role => 2) . $params . $stdin,
		0, 200],
	(   map {
			["record type $_ for a begin",
				record($_, pack 'nCx5', 1, 0), 0],
			["record type $_ in params", begin()
				. record($_, 'x' x 8) . $params . $stdin,
				@refused],
			["record type $_ between params", begin()
				. record(PARAMS, $variables)
				. record($_, 'x' x 8)
				. record(PARAMS, pairs(PATH_INFO => '/none'))
				. record(PARAMS, '') . $stdin, @refused],
			["record type $_ in stdin", begin() . $params
				. record($_, 'x' x 8) . $stdin, 0, 200, 400]
		} 0, 3, 6, 7, 8, 10, 11, 12, 255
	),
	(   map {
			["a begin of $_ bytes",
				record(BEGIN_REQUEST, "\0" x $_) . $params, 0]
		} 0, 1, 7, 9, 4096
	),
	['params in records of a byte', begin() . stream(PARAMS, $variables, 1)
		. $stdin, 200],
	['stdin in records of a byte', begin() . $params
		. stream(INPUT, $body, 1), 200],
	['padding of 255', begin() . record(PARAMS, $variables, padding => 255)
		. record(PARAMS, '') . record(INPUT, $body, padding => 255)
		. record(INPUT, '', padding => 255), 200],
	# libfcgi does not skip it, and reads it as a record.
	['padding of 255 behind the begin', begin(padding => 255) . $params
		. $stdin, @refused],
	['padding of 255 behind the params', begin()
		. record(PARAMS, $variables) . record(PARAMS, '', padding => 255)
		. $stdin, @refused],
	['padding that never comes', begin() . substr(
		    record(PARAMS, $variables, padding => 255), 0, -200), @refused],
	['no params at all', begin() . record(PARAMS, '') . $stdin, 405],
	['params that end at once, and stdin too',
		begin() . record(PARAMS, '') . record(INPUT, ''), 405],
	['a name and a value of no bytes', begin()
		. record(PARAMS, "\0\0" x 8 . $variables) . record(PARAMS, '')
		. $stdin, 200],
	(   map {
			["params whose $_->[0] runs past the record", begin()
				. record(PARAMS, $variables . $_->[1] . 'x' x 9)
				. record(PARAMS, '') . $stdin, 0]
		}['name', "\x7f\0"], ['value', "\0\x7f"],
		['long name', pack('N', 0x80010000) . "\0"],
		['long value', "\0" . pack('N', 0x80ffffff)]
	),
	(   map {
			["params cut in $_->[0]", begin()
				. record(PARAMS, $variables . $_->[1])
				. record(PARAMS, '') . $stdin, 0]
		}['the length of a name', "\x80"],
		['a long length of a name', "\x80\0\0"],
		['the length of a value', "\x01"],
		['a long length of a value', "\x01\x80\0"]
	),
	['a length in more bytes than it takes', begin() . record(PARAMS,
			$variables . pack('NN', 0x80000001, 0x80000001) . 'xy')
		. record(PARAMS, '') . $stdin, 200],
	['a name of 64 KiB', begin()
		. stream(PARAMS, $variables . pairs('n' x 65536, 'v'), 65535)
		. $stdin, 200],
	['a value of 1 MiB', begin()
		. stream(PARAMS, $variables . pairs(n => 'v' x 1048576), 65535)
		. $stdin, 0],
	['10,000 variables', begin()
		. stream(PARAMS, $variables . pairs(('n', 'v') x 10000), 65535)
		. $stdin, 200],
	['a name with a NUL and no =', begin() . record(PARAMS, $variables
			. pairs("a\0b", "c\0d")) . record(PARAMS, '') . $stdin,
		200],
	['a variable twice', begin() . record(PARAMS, $variables . $variables)
		. record(PARAMS, '') . $stdin, 200],
	['stdin before params', begin() . $stdin . $params, @refused],
	['params after stdin', begin() . $params . $stdin . $params, 200],
	['begin twice', begin() . begin() . $params . $stdin, 0, 200],
	['begin in params', begin() . record(PARAMS, $variables) . begin()
		. record(PARAMS, '') . $stdin, 0, 200],
	['another request in stdin', begin() . $params . begin(id => 2)
		. $stdin, 0, 200],
	['the params of another request', begin()
		. record(PARAMS, 'x' x 99, id => 2) . $params . $stdin, 0, 200],
	['the stdin of another request', begin() . $params
		. record(INPUT, 'x' x 99, id => 2) . $stdin, 0, 200],
	['two interleaved', begin() . begin(id => 2) . $params
		. record(PARAMS, $variables, id => 2)
		. record(PARAMS, '', id => 2) . $stdin
		. record(INPUT, $body, id => 2) . record(INPUT, '', id => 2),
		@refused, 200],
	['request 0', begin(id => 0) . $params . $stdin, 0],
	['request 65535 with records of 1', begin(id => 65535) . $params
		. $stdin, @refused],
	['abort before params', begin() . record(ABORT, ''), @refused],
	['abort in params', begin() . record(PARAMS, $variables)
		. record(ABORT, ''), @refused],
	['abort in params, and all the rest', begin()
		. record(PARAMS, $variables) . record(ABORT, '')
		. record(PARAMS, '') . $stdin, @refused],
	['abort before stdin', begin() . $params . record(ABORT, ''), 0, 400],
	['abort in stdin', begin() . $params . record(INPUT, 'users=[')
		. record(ABORT, ''), 0, 400],
	['abort before the end of stdin', begin() . $params
		. record(INPUT, $body) . record(ABORT, ''), 0, 400],
	['an abort of another request', begin() . $params . record(INPUT, $body)
		. record(ABORT, '', id => 2) . record(INPUT, ''), 0, 200],
	['a record that claims 65535 bytes of params', begin()
		. record(PARAMS, $variables, length => 65535), @refused],
	['a record that claims 65535 bytes of stdin', begin() . $params
		. record(INPUT, $body, length => 65535), 400],
	['stdin longer than CONTENT_LENGTH', begin() . $params
		. record(INPUT, $body . 'x' x 60000) . record(INPUT, ''), 400],
	['stdin that ends at once', begin() . $params . record(INPUT, ''), 400],
	['records of data', begin() . $params . record(DATA, 'x' x 99)
		. record(DATA, '') . $stdin, 0, 200, 400],
	['management first', record(GET_VALUES, pairs(FCGI_MAX_CONNS => '',
			FCGI_MAX_REQS => '', FCGI_MPXS_CONNS => ''), id => 0)
		. $good, 0, 200],
	['management in params', begin() . record(PARAMS, $variables)
		. record(GET_VALUES, pairs(FCGI_MPXS_CONNS => ''), id => 0)
		. record(PARAMS, '') . $stdin, 200],
	['management in stdin', begin() . $params
		. record(GET_VALUES, pairs('x' x 1000 => 'y' x 1000), id => 0)
		. $stdin, 200],
	['management that is no pair', record(GET_VALUES, "\xff" x 99, id => 0)
		. $good, 0, 200],
	['management of no bytes', record(GET_VALUES, '', id => 0) . $good,
		0, 200],
	['nothing', '', 0],
	['HTTP', "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 0],
	(   map { ["64 KiB of byte $_", chr($_) x 65536, 0] } 0, 1, 4, 127,
		128, 255
	),
);

sub peak_mib {
	my ($kib) = slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+) kB/m;
	return $kib / 1024;
}

my $receiver = receiver(args => ['-j', 4],
	env => { MIXSPOOL_SANDBOX => 'off' }); # so that its descriptors show
my $spool = $receiver->{spool};

# How many descriptors the receiver has.
sub descriptors {
	opendir my $open, "/proc/$receiver->{pid}/fd" or return -1;
	return scalar grep {/^\d+$/} readdir $open;
}

sub take_lines {
	my $lines = join '', map { slurp($_) } batches_in($spool);
	unlink batches_in($spool);
	return $lines;
}

# All that comes until the connection ends: libfcgi may refuse a request, and still
# answer another one behind it.
sub everything {
	my $socket = shift;
	my ($bytes, %stream) = ('', 6 => '', 7 => '');
	while (sysread $socket, $bytes, 65536, length $bytes) { }
	while (length $bytes >= 8) {
		my (undef, $type, undef, $size, $padding) =
		    unpack 'CCnnC', substr $bytes, 0, 8, '';
		$stream{$type} .= substr $bytes, 0, $size, '';
		substr $bytes, 0, $padding, '';
	}
	my @statuses = $stream{6} =~ /^Status: (\d+)/mg;
	return { status => @statuses > 1 ? "@statuses" : $statuses[0] // 0,
		text => $stream{6}, log => $stream{7} };
}

sub send_broken {
	my $bytes = shift;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, $bytes);
	shutdown $socket, 1;
	return everything($socket);
}

fastcgi($receiver->{socket}, 'users=[]') for 1 .. 20;
wait_until { descriptors() > 0 } 'the receiver';
my $idle = descriptors();

sub try_case {
	my ($name, $bytes, @statuses) = @_;
	my $answer = send_broken($bytes);
	my $lines = take_lines();
	my $next = fastcgi($receiver->{socket}, $body);
	my %right = map { $_ => 1 } @statuses;
	subtest $name => sub {
		ok $right{ $answer->{status} },
		    "$answer->{status} is one of @statuses";
		is $lines, $answer->{status} == 200 ? $line : '',
		    'only what was answered 200 is spooled';
		is scalar(batches_in($spool, 'default', 'tmp')), 0,
		    'nothing in tmp/';
		unlike $answer->{text} . $answer->{log}, qr/anna/,
		    'nothing of the body is repeated';
		is $next->{status}, 200, 'the next request';
		is take_lines(), $line, '... is spooled';
	};
	return;
}
try_case(@$_) for @cases;

# What comes ahead of a body is bounded: beyond 128 KiB the connection is closed, and
# nothing was kept. Sends 64 MiB, or less if the connection is closed: the answer, and
# the MiB that were sent.
sub flood {
	my ($before, $again) = @_;
	my $socket = fastcgi_connect($receiver->{socket});
	my $sent = 0;
	if ($before eq '' || fastcgi_send($socket, $before)) {
		$again = $again x (1 + 65536 / length $again);
		while ($sent < 64 << 20 && fastcgi_send($socket, $again)) {
			$sent += length $again;
			last if IO::Select->new($socket)->can_read(0);
		}
	}
	shutdown $socket, 1;
	return (everything($socket), $sent / 1048576);
}

my $memory = peak_mib($receiver->{pid});
my $in_params = begin() . record(PARAMS, $variables);
my $huge = pack('NN', 0x80000001, 0xffffffff) . 'n';
for my $case (
	['variables', $in_params, record(PARAMS, pairs(n => 'v' x 60000))],
	['small variables', $in_params, record(PARAMS, pairs(n => 'v'))],
	['empty variables', $in_params, record(PARAMS, "\0\0" x 30000)],
	['one value that never ends', begin() . record(PARAMS, $variables . $huge), record(PARAMS, 'v' x 65535)],
	['questions ahead of a request', '', record(GET_VALUES, pairs(FCGI_MPXS_CONNS => ''), id => 0)],
	['large questions', '', record(GET_VALUES, pairs(('x' x 100, '') x 500), id => 0)],
	['management that nobody knows', '', record(99, 'x' x 1000, id => 0)],
	['management among the variables', $in_params, record(99, 'x' x 1000, id => 0)],
	['records of nobody', '', record(INPUT, 'x' x 60000, id => 7)],
	['other requests', $in_params, begin(id => 7)],
	['bodies of others among the variables', $in_params, record(INPUT, 'x' x 60000, id => 7)],
	['variables behind an empty record of others', $in_params . record(PARAMS, '', id => 7),
		record(PARAMS, pairs(n => 'v' x 60000))],
	['variables behind an empty record with padding', $in_params . record(PARAMS, '', padding => 8),
		record(PARAMS, pairs(n => 'v' x 60000))],
) {
	my ($name, $before, $again) = @$case;
	my ($answer, $sent) = flood($before, $again);
	subtest "a flood of $name" => sub {
		is $answer->{status}, 0, 'no answer';
		cmp_ok $sent, '<', 4, '... the connection is closed';
		is take_lines(), '', '... nothing is spooled';
		is fastcgi($receiver->{socket}, $body)->{status}, 200, '... the next request';
		is take_lines(), $line, '... is spooled';
	};
}
SKIP: {
	skip 'a sanitizer takes memory for itself', 1 if $ENV{SANITIZED};
	cmp_ok peak_mib($receiver->{pid}) - $memory, '<', 12, 'floods take no memory';
}
for my $case ([100000, 200], [130000, 200], [131072, 0]) {
	my ($size, $status) = @$case;
	is send_broken(begin() . stream(PARAMS, $variables . pairs(n => 'v' x $size), 65535)
		. $stdin)->{status}, $status, "a value of $size bytes: $status";
	take_lines();
}

# Variables that come bit by bit are waited for, and a question is answered before its
# request comes, as HAProxy wants it.
my $slow = fastcgi_connect($receiver->{socket});
for my $question (pairs(FCGI_MPXS_CONNS => '', FCGI_MAX_CONNS => ''), pairs(X => ''), '') {
	fastcgi_send($slow, record(GET_VALUES, $question, id => 0));
	sysread $slow, my $result, 8;
	my ($version, $type, $id, $size) = unpack 'CCnn', $result;
	sysread $slow, $result, $size if $size;
	is_deeply [$version, $type, $id, $size ? $result : ''],
	    [1, 10, 0, $question =~ /MPXS/ ? pairs(FCGI_MPXS_CONNS => '0') : ''], 'a question is answered';
}
my $whole = begin() . stream(PARAMS, $variables . pairs(map { ("N$_" => 'v' x 200) } 1 .. 100), 500) . $stdin;
for my $at (0 .. length($whole) / 1000) {
	fastcgi_send($slow, substr $whole, $at * 1000, 1000);
	IO::Select->new($slow)->can_read(0.01);
}
is everything($slow)->{status}, 200, 'a request that comes bit by bit';
is take_lines(), $line, '... is spooled';

# A good request, cut at every byte. It is complete when the whole body is there,
# even if nobody reads the answer.
my (@spooled, @odd);
for my $size (0 .. length $good) {
	my $answer = send_broken(substr $good, 0, $size);
	my $lines = take_lines();
	push @spooled, $size if $lines;
	push @odd, $size if $lines ne ($answer->{status} == 200 ? $line : '');
}
is_deeply \@odd, [], 'cut at every byte: only what is answered 200 is spooled';
is_deeply \@spooled, [length $good], '... which is the whole request';

# The same with the connection closed, so that nobody reads the answer.
for my $size (0 .. length($good) - 1) {
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, substr $good, 0, $size);
	close $socket;
}
wait_until { descriptors() <= $idle } 'the connections to be gone';
is take_lines(), '', 'closed at every byte but the last: nothing is spooled';
fastcgi_send(fastcgi_connect($receiver->{socket}), $good);
wait_until { batches_in($spool) } 'the batch of a whole request';
is take_lines(), $line, 'closed behind the last: it is spooled';
is scalar(batches_in($spool, 'default', 'tmp')), 0, '... nothing is in tmp/';

is fastcgi($receiver->{socket}, $body)->{status}, 200, 'it still answers';
wait_until { descriptors() <= $idle } 'no connection to be left';
is ended($receiver->{pid}), undef, 'it is the same process';
my $peak = peak_mib($receiver->{pid});
SKIP: {
	skip 'a sanitizer takes memory for itself', 1 if $ENV{SANITIZED};
	cmp_ok $peak, '<', 24, sprintf 'it stayed small: %.1f MiB', $peak;
}
is stop($receiver->{pid}), 0, 'it ends with 0';

# All of them once more inside the sandbox, which kills a process for a call that it
# does not allow.
SKIP: {
	skip 'a sanitizer needs the sandbox off', 1 if $ENV{SANITIZED};
	subtest 'inside the sandbox' => sub {
		$receiver = receiver(args => ['-j', 4]);
		$spool = $receiver->{spool};
		wait_until { slurp($receiver->{log}) =~ /: ready: / } 'its start';
		like slurp("/proc/$receiver->{pid}/status"), qr/^Seccomp:\s+2$/m, 'the sandbox is on';
		try_case(@$_) for @cases;
		is stop($receiver->{pid}), 0, 'it ends with 0';
	};
}

# Clients that go on sending after an early answer hold no thread: even if they are
# more than the threads, a good request is answered before the receiver closes one of
# them, which it does after 2 seconds. A machine that stands still that long gets
# another try.
$receiver = receiver(args => ['-j', 2]);
$spool = $receiver->{spool};
my $refused = fastcgi_records('x' x 60000, { PATH_INFO => '/none' });

sub slow_client {
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, substr $refused, 0, -50000);
	return $socket;
}

sub is_open { return fastcgi_send(shift, 'x') }

# Sends nothing, so that the receiver closes without being woken by a byte.
sub is_closed {
	my $poll = IO::Poll->new;
	$poll->mask(shift, POLLHUP);
	return $poll->poll(0) > 0;
}

my ($in_order, @clients, @answers);
for my $try (1 .. 5) {
	@clients = map { slow_client() } 1 .. 8;
	my $good_one = fastcgi($receiver->{socket}, $body);
	my $open = grep { is_open($_) } @clients;
	@answers = (map({ fastcgi_answer($_)->{status} } @clients), $good_one->{status});
	$in_order = "@answers" eq '404 404 404 404 404 404 404 404 200' && $open == 8;
	last if $in_order;
}
ok $in_order, '8 slow clients that were refused, 2 threads: a good request is answered before one of them is closed'
    or diag "@answers";

# ... nor do they if they are more than may linger: then the oldest are closed.
my @many = map { slow_client() } 1 .. 300;
is fastcgi($receiver->{socket}, $body)->{status}, 200, '... also among 300 of them';
is scalar(grep { fastcgi_answer($_)->{status} == 404 } @many), 300, '... all of which have their answers';
wait_until { is_closed($many[0]) } 'the oldest to be closed';
wait_until { is_closed($many[-1]) } 'the others to be closed in their turn';

# ... and the stop waits until their answers have arrived, or for 2 seconds.
my $before = time;
@clients = map { slow_client() } 1 .. 8;
kill 'TERM', $receiver->{pid};
is_deeply [map { fastcgi_answer($_)->{status} } @clients], [(404) x 8],
    'answers that are on their way at the stop arrive';
is reap($receiver->{pid}), 0, '... and it ends';
cmp_ok time - $before, '>=', 2, '... when the clients have had their time';
close $_ for @clients, @many;

# A GET with a body that comes slowly holds half of the threads at most: a question for
# health needs no secret, and a look at the status page has one.
my $secret = new_file('s3cret');
chmod 0600, $secret;
my %given = (HTTP_AUTHORIZATION => 'Bearer s3cret');
for my $get ({ QUERY_STRING => 'health' }, \%given) {
	$receiver = receiver(args => ['-j', 4], env => { MIXSPOOL_SECRET_FILE => $secret });
	my $records = fastcgi_records('x' x 60000, { REQUEST_METHOD => 'GET', %$get });
	@clients = map { fastcgi_connect($receiver->{socket}) } 1 .. 8;
	fastcgi_send($_, substr $records, 0, -50000) for @clients;
	my $answered = sub { scalar(() = IO::Select->new(@clients)->can_read(0)) };
	wait_until { $answered->() == 6 } join ' ', 'six answers of eight to slow GETs,', %$get;
	is fastcgi($receiver->{socket}, $body, \%given)->{status}, 200,
	    join ' ', 'slow bodies of GET hold two of 4 threads:', %$get;
	is $answered->(), 6, '... and a POST is answered before those two';
	close $_ for @clients;
	is stop($receiver->{pid}), 0, '... and it ends';
}

done_testing;
