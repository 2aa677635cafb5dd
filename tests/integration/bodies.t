#!/usr/bin/env perl
# Bodies that come without a Content-Length, from a peer of the test's own: whole
# ones are stored at every size up to the limit, and nothing of one that is cut, too
# large, or whose end does not show. bodies_behind.t has the real web servers.

use strict;
use warnings;
use IO::Handle;
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);
use Test::More;
use Testbed;

my @none = (['absent', undef], ['empty', ''], ['-1', '-1']);
my @wrong = ([' -1', ' -1'], ['-1 ', '-1 '], ['-0', '-0'], ['-2', '-2'], ['-01', '-01'],
	['--1', '--1'], ['+5', '+5'], ['-', '-'], ['a space', ' '], ['5, 5', '5, 5'],
	['-1, -1', '-1, -1'], ['-1x', '-1x'], ['0x1', '0x1'], ['-9 of 30 digits', '-' . '9' x 30]);
my $users = 20;
my $list = join ',', map { user("u$_") } 1 .. $users;
my @lines = map { user("u$_") . "\n" } 1 .. $users;

sub body_of {
	my $size = shift;
	return "users=[$list" . ' ' x ($size - 8 - length $list) . ']';
}

sub take_lines {
	my $spool = shift;
	my @stored = lines_in($spool);
	unlink batches_in($spool);
	return @stored;
}

sub is_stored {
	my ($answer, $spool, $name) = @_;
	my @stored = take_lines($spool);
	return is_deeply [$answer->{status}, @stored], [200, @lines], $name;
}

sub is_refused {
	my ($answer, $spool, $status, $text, $name) = @_;
	my @left = (take_lines($spool), batches_in($spool, 'default', 'tmp'));
	return subtest $name => sub {
		is $answer->{status}, $status, 'status';
		like $answer->{text}, $text, 'text';
		is_deeply \@left, [], 'nothing is stored';
	};
}

sub peak_mib {
	my ($kib) = slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+) kB/m;
	return $kib / 1024;
}

# By FastCGI the empty record of the stream is the end.
my $receiver = receiver(args => ['-j', 2], env => { MIXSPOOL_MAX_BODY => '1M' });
my ($spool, $socket) = @$receiver{qw(spool socket)};
for my $kind (@none) {
	my ($name, $length) = @$kind;
	my %variables = (CONTENT_LENGTH => $length);
	is_stored(fastcgi($socket, body_of($_), \%variables), $spool,
		"FastCGI: $name, $_ bytes") for 2000, 31863, 65535, 65536, 65537, 131072, 600000, 900000, 1048576;
	is_refused(fastcgi($socket, body_of($_), \%variables), $spool, 413,
		qr/over 1048576 bytes \(MIXSPOOL_MAX_BODY\)$/, "FastCGI: $name, $_ bytes")
	    for 1048577, 1500000;
	is_refused(fastcgi($socket, '', \%variables), $spool, 400,
		qr/no field users/, "FastCGI: $name, no body");

	# What a web server sends when its client goes away: it closes the connection.
	my $body = body_of(2000);
	my $whole = fastcgi_records($body, \%variables);
	for my $cut (['before the last byte', substr $whole, 0, -9],
		['before the empty record', substr $whole, 0, -8],
		['in the empty record', substr $whole, 0, -1],
		['by an abort', substr($whole, 0, -8) . Testbed::fastcgi_record(2, '')]) {
		my $peer = fastcgi_connect($socket);
		fastcgi_send($peer, $cut->[1]);
		shutdown $peer, 1;
		is_refused(fastcgi_answer($peer), $spool, 400, qr/^the body was cut off$/,
			"FastCGI: $name, cut $cut->[0]");
	}
}
for my $kind (@wrong) {
	my ($name, $length) = @$kind;
	is_refused(fastcgi($socket, body_of(2000), { CONTENT_LENGTH => $length }), $spool,
		400, qr/^the Content-Length is not a whole number$/, "FastCGI: the length $name");
}
is_refused(fastcgi($socket, body_of(2000), { CONTENT_LENGTH => 0 }), $spool, 400,
	qr/longer than its Content-Length/, 'FastCGI: the length 0, and a body');

# What is over the limit is not kept.
SKIP: {
	skip 'a sanitizer takes memory for itself', 1 if $ENV{SANITIZED};
	my $before = peak_mib($receiver->{pid});
	for my $try (1 .. 3) {
		my $peer = fastcgi_connect($socket);
		fastcgi_send($peer, fastcgi_records('users=[' . ' ' x 30_000_000 . ']',
				{ CONTENT_LENGTH => '-1' }));
		close $peer;
	}
	is fastcgi($socket, body_of(2000), {})->{status}, 200, 'after bodies of 30 MB';
	cmp_ok peak_mib($receiver->{pid}) - $before, '<', 4, '... it has not grown';
	unlink batches_in($spool);
}

stop($receiver->{pid});

# By CGI it is the end of standard input, where the web server is known to close it.
$spool = make_spool(qw(default));
my %settings = (MIXSPOOL_DIR => $spool, MIXSPOOL_MAX_BODY => '1M');
my @ending = ('Apache', 'Apache 2.4', 'Apache/2.4.62 (Debian) OpenSSL/3.0.15', 'CivetWeb/1.15');
my @others = (undef, '', 'uWSGI', 'mini_httpd/1.30 26Oct2018', 'busybox httpd/1.35.0',
	'merecat/2.32-rc4', 'SimpleHTTP/0.6 Python/3.11.2', 'nginx/1.22.1', 'Apache Tomcat/10.1',
	'Apache-Coyote/1.1', 'ApacheX', 'lighttpd/1.4.69');

for my $software (@ending) {
	for my $kind (@none) {
		my %variables = (CONTENT_LENGTH => $kind->[1], SERVER_SOFTWARE => $software);
		is_stored(cgi(\%settings, body_of($_), \%variables), $spool,
			"CGI: $software, $kind->[0], $_ bytes") for 2000, 31863, 600000, 1048576;
		is_refused(cgi(\%settings, body_of(1048577), \%variables), $spool, 413,
			qr/over 1048576 bytes/, "CGI: $software, $kind->[0], over the limit");
	}
}
for my $software (@others) {
	for my $kind (@none) {
		my $name = $software // 'no SERVER_SOFTWARE';
		my %variables = (CONTENT_LENGTH => $kind->[1], SERVER_SOFTWARE => $software,
			HTTP_TRANSFER_ENCODING => 'chunked');
		is_refused(cgi(\%settings, body_of(2000), \%variables), $spool, 411,
			qr/^the request has no Content-Length, and by CGI /, "CGI: $name, $kind->[0]");
	}
}
is_refused(cgi(\%settings, body_of(2000), { CONTENT_LENGTH => $_->[1], SERVER_SOFTWARE => 'Apache' }),
	$spool, 400, qr/not a whole number/, "CGI: the length $_->[0]") for @wrong;
# Apache's mod_cgi may close standard input behind a form that its client cut. A list
# of users that lacks its end is refused, so that no part of one is ever stored.
my $short = form('[' . user('anna') . ',' . user('bert') . ']');
my @wrongly;
for my $size (0 .. length($short) - 1) {
	my $answer = cgi(\%settings, substr($short, 0, $size),
		{ CONTENT_LENGTH => undef, SERVER_SOFTWARE => 'Apache' });
	push @wrongly, $size if $answer->{status} != 400 || take_lines($spool);
}
is_deeply \@wrongly, [], 'CGI: a form that is cut at any byte is refused';

# A process whose standard input is a socket that stays open.
sub cgi_on_socket {
	my (%variables) = @_;
	socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die $!;
	my %environment = (Testbed::of_sanitizers(), Testbed::request_variables('', {}),
		%settings, %variables);
	my $out = new_file();
	my $pid = spawn(['env', '-i', (map {"$_=$environment{$_}"}
			    grep { defined $environment{$_} } sort keys %environment),
			program()], socket => $its, out => $out, err => new_file());
	close $its;
	$ours->autoflush(1);
	return { socket => $ours, pid => $pid, out => $out };
}

for my $case (['a body', body_of(2000)], ['a chunk', "7d0\r\n" . body_of(2000) . "\r\n0\r\n\r\n"],
	['nothing', '']) {
	my ($name, $bytes) = @$case;
	my $process = cgi_on_socket(CONTENT_LENGTH => undef, SERVER_SOFTWARE => 'mini_httpd/1.30',
		HTTP_TRANSFER_ENCODING => 'chunked');
	print { $process->{socket} } $bytes;
	is exit_of(reap($process->{pid}, 20)), 0,
	    "CGI: $name on a standard input that does not end: the process does";
	like slurp($process->{out}), qr/^Status: 411 Length Required\r$/m, '... with 411';
	is scalar(take_lines($spool)), 0, '... and nothing is stored';
}

# Both gateways have the same patience, and a client that is too slow is 503, which
# lets it try again. All wait at the same time.
$receiver = receiver();
my $records = fastcgi_records(body_of(2000), { CONTENT_LENGTH => undef });
my $slow = fastcgi_connect($receiver->{socket});
fastcgi_send($slow, substr $records, 0, -100);
my @processes = map { cgi_on_socket(CONTENT_LENGTH => $_, SERVER_SOFTWARE => 'Apache') }
    2000, undef;
print { $_->{socket} } substr body_of(2000), 0, 1900 for @processes;
my $by_fastcgi = fastcgi_answer($slow);
is "$by_fastcgi->{status} $by_fastcgi->{text}",
    "503 the body took over 30 seconds to come\n", 'FastCGI: a slow body';
for my $process (@processes) {
	is exit_of(reap($process->{pid}, 60)), 0, 'CGI: a slow body: the process ends';
	like slurp($process->{out}), qr/^Status: 503 .*^the body took over 30 seconds to come$/ms,
	    '... with the same answer';
}
is_deeply [map { take_lines($_) } $spool, $receiver->{spool}], [], '... nothing is stored';
stop($receiver->{pid});

done_testing;
