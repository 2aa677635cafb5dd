#!/usr/bin/env perl
# mixspool send and what an endpoint answers: what is tried again and what is not,
# what of it is shown, and that all of an answer is bounded in bytes.

use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use Test::More;
use Testbed;

my ($status, $out, $err, $recorder);

sub send_to {
	my ($url, @arguments) = @_;
	($status, $out, $err) = tool('send', '--backoff', 0, $url, @arguments);
	return $status;
}

sub how_often { return scalar(requests($recorder)) }

# What another attempt may mend is tried again, anything else is not.
my $one = new_file(profile('a', ''));
my @temporary = (408, 425, 429, 201, 500, 501, 503, 'close', 'truncated');
$recorder = recorder(map { ($_, 200) } @temporary);
for my $n (1 .. @temporary) {
	is send_to($recorder->{url}, $one), 0, "$temporary[$n - 1] is tried again";
	is how_often(), 2 * $n, '... once';
}
my @final = (300, 304, 305, 400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 422, 451, 499);
$recorder = recorder(@final);
for my $n (1 .. @final) {
	is send_to($recorder->{url}, $one), 69, "$final[$n - 1] is final: exit 69";
	is how_often(), $n, '... after one attempt';
}
like $out, qr/^0 users delivered in 0 POSTs, 1 left$/m, '... its users are left';

# A refused POST keeps no other one back, and its users are sent by the next run.
my $state = folder() . '/state.db';
my $many = new_file(map { profile($_, '') } 1 .. 120);
my @once = ('--campaign', 'c', '--state', $state);
$recorder = recorder(200, '400:users[7]: no $distinct_id', 200);
is send_to($recorder->{url}, @once, $many), 69, 'one POST of three is refused: exit 69';
is $err, "mixspool send: POST 2: 50 users left after 1 attempt, since another one would end "
    . "in the same way: 400, users[7]: no \$distinct_id\n"
    . "mixspool send: 50 users left for the next run\n", '... with the words of the endpoint';
is send_to($recorder->{url}, @once, $many), 0, '... the next run';
is_deeply [map {@$_} (posted_ids($recorder))[3]], [51 .. 100], '... sends its users';

# One POST that is refused and one that fails: somebody must look.
$recorder = recorder(400, 503);
is send_to($recorder->{url}, '--retries', 0, $many), 69, 'refused and failed: exit 69';
# Refused for three POSTs in a row: it would be so for all.
$recorder = recorder((404) x 9);
is send_to($recorder->{url}, '--batch', 1, $many), 69, 'all are refused: exit 69';
is how_often(), 3, '... after three POSTs';
like $err, qr/^mixspool send: 3 POSTs in a row were given up: nothing more is sent$/m,
    '... it ends';
# An endpoint that was down and is then refused.
$recorder = recorder(503, 404);
is send_to($recorder->{url}, $one), 69, '503, then 404: exit 69';
like $err, qr/: 1 user left after 2 attempts, since another one would end in the same way: 404, answer 404$/m,
    '... after two attempts';

# The next pass of a watch tries again what was refused.
my $log = folder() . '/watch.err';
$recorder = recorder(404);
my $watcher = spawn([program('mixspool'), 'send', '--watch', 1, $recorder->{url}, $one],
	out => '/dev/null', err => $log);
wait_until { how_often() == 2 } 'the next pass';
is stop($watcher), 0, '--watch: the next pass tries again, and ends well';

# What is shown of an answer: a line, without control characters and without users.
sub shown {
	my ($answer, $profile, @arguments) = @_;
	$recorder = recorder(encode_utf8("404:$answer"));
	send_to($recorder->{url}, @arguments, new_file(encode_utf8($profile)));
	return $err =~ /: (404.*)$/m ? $1 : "nothing in $err";
}
my $plain = profile('someone', '"x":1');
is shown("no hook \x{1b}[31m\x07here\x{9b}\nsecond", $plain),
    '404, no hook ?[31m?here??', 'control characters are replaced, other lines left out';
is shown('x' x 70000, $plain), '404, ' . 'x' x 200, 'a long line is cut';
is shown('', $plain), '404, answer 404', 'a short one is shown';
my $person = '{"$distinct_id":"anna@example.com","$properties":{"$name":"J\u00f6rg \ud834\udd1e\ud834\udd1e '
    . 'O\u0027Neil","city":"Århus","visits":4711,"account":12345678,"tags":["vip club"]}}' . "\n";
for my $repeated ('unknown user anna@example.com', 'no mail for ANNA', 'Jörg is not known', 'bad name: 𝄞𝄞',
	'neil?', 'not in Århus', 'account 12345678 is closed', $person, "users=$person",
	escape(encode_utf8($person)), 'x' x 196 . ' ann') {
	is shown($repeated, $person), '404 (-v shows more)',
	    'a text that repeats a user is not shown: ' . encode_utf8($repeated =~ s/\n//r);
}
for my $own ('users[0]: no $distinct_id', 'no campaign in 404 of 4711 requests', 'This page is gone',
	'{"error":"the hook is not active"}') {
	is shown($own, $person), "404, $own", "another one is: $own";
}
like shown('anna is unknown', $person, '-v'), qr/^404, anna is unknown; 1 user/,
    '-v shows any';

# Redirects lose a POST: they are not followed, and reported without secrets.
my %redirects = (
	'https://new.example.com/hook' => 'https://new.example.com/hook',
	'/elsewhere' => 'http://localhost:PORT/elsewhere',
	'next/' => 'http://localhost:PORT/next/',
	'//other.example.com/a' => 'http://other.example.com/a',
	'HTTPS://Anna:secret@NEW.example.com:8443/a/b?token=secret&x=secret#secret' =>
	    'https://new.example.com:8443/a/b',
	'http://example.com/' . 'x' x 5000 => 'http://example.com/' . 'x' x 233 . '...',
);
for my $code (301, 302, 303, 307, 308) {
	for my $to (sort keys %redirects) {
		$recorder = recorder({ RECORDER_LOCATION => $to }, ($code) x 2);
		is send_to($recorder->{url}, $one), 69, "$code: exit 69";
		my $shown = $redirects{$to} =~ s/PORT/$recorder->{port}/r;
		like $err, qr/same way: $code, a redirect to \Q$shown\E, which is not followed$/m,
		    "... says where to: " . substr $to, 0, 80;
		unlike $err, qr/secret|Anna/, '... without secrets';
		is how_often(), 1, '... and is not followed';
		last if $code > 301;
	}
}
for my $to ('javascript:alert(1)', 'ftp://example.com/', 'http://exa mple/', 'http://[::1', "http://example.com/\x{1b}[31m") {
	$recorder = recorder({ RECORDER_LOCATION => $to }, 301);
	send_to($recorder->{url}, '-v', $one);
	unlike $err, qr/[^ -~\n]/, 'a Location that is not a URL: no control characters';
	like $err, qr/301, a redirect (?:without a URL of http or https|to http:\S+)/, '... but a word of it';
}

# A program that prints the port it listens at.
my $endpoints = 0;

sub endpoint {
	my ($program, @arguments) = @_;
	my $base = folder() . '/endpoint' . $endpoints++;
	spew("$base.$_", '') for qw(out log);
	my $pid = spawn([@$program, "$base.log", @arguments], out => "$base.out");
	wait_until { slurp("$base.out") =~ /\n/ } 'the endpoint to listen';
	my ($port) = slurp("$base.out") =~ /(\d+)/;
	return { pid => $pid, log => "$base.log", url => "http://127.0.0.1:$port/" };
}

# An endpoint that writes these bytes to each client, and notes the client.
sub raw {
	my ($answer) = @_;
	return endpoint(['perl', '-MIO::Socket::INET', '-e', '$| = 1;
		my $listener = IO::Socket::INET->new(Listen => 9, LocalAddr => "127.0.0.1") or die;
		print $listener->sockport, "\n";
		while (my $client = $listener->accept) {
			$client->recv(my $request, 65536);
			print $client $ARGV[1];
			open my $log, ">>", $ARGV[0] or die;
			print $log "client\n";
		}'], $answer);
}

# What does not speak HTTP will not learn it: nothing more is sent.
my $greeting = raw("220 mail.example.com ESMTP\r\n");
is send_to($greeting->{url}, $many), 69, 'an endpoint of another protocol: exit 69';
is slurp($greeting->{log}), "client\n", '... after one attempt';
like $err, qr/POST 1: 50 users left after 1 attempt, since another one would end in the same way: no answer, \S+/,
    '... with the reason';
like $err, qr/^mixspool send: no POST can get through: nothing more is sent$/m, '... it ends';
like $err, qr/^mixspool send: 120 users left for the next run$/m, '... all are left';

# libcurl shows all of a proxy's URL that it does not know.
for my $proxy ('ftp://ann:hidden@127.0.0.1:1', 'http://ann:hidden@bad host/') {
	local $ENV{http_proxy} = $proxy;
	is send_to('http://example.com/', '--retries', 1, $one), 69,
	    'a wrong URL of a proxy in the environment: exit 69';
	unlike $err, qr/hidden/, '... and its password is not shown';
	like $err, qr/the URL of the proxy is wrong/, '... and the message names the proxy';
}

# What a proxy says to CONNECT is final or not, as what an endpoint says.
for my $case ([403, 69, 1], [407, 69, 1], [429, 75, 2], [502, 75, 2]) {
	my ($code, $exit, $attempts) = @$case;
	my $proxy = raw("HTTP/1.1 $code No\r\nContent-Length: 0\r\n\r\n");
	is send_to('https://example.com/', '--retries', 1, '--proxy', $proxy->{url}, $one), $exit,
	    "a proxy that answers $code: exit $exit";
	is slurp($proxy->{log}), "client\n" x $attempts, "... after $attempts attempts";
	like $err, qr/no answer, .*\b$code\b/, '... which is reported';
}

# All of an answer is bounded in bytes, and memory is, too. Python measures the
# largest of its children.
my @measure = ('python3', '-c', 'import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as kib:
    kib.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)');
sub peak_kib {
	my (@command) = @_;
	my $kib = folder() . '/kib';
	my $errors = spew(folder() . '/measured.err', '');
	$status = exit_of(reap(spawn([@measure, $kib, program('mixspool-send'), @command],
			out => '/dev/null', err => $errors), 300));
	$err = slurp($errors);
	return slurp($kib);
}
$recorder = recorder();
my $usual = peak_kib($recorder->{url}, $one);
is $status, 0, 'an ordinary answer';
my %too_much = (
	# libcurl 8.14 of Debian 13 has a limit of its own.
	(map { $_ => '(?:the header of the answer is longer than 64 KiB|Too many response headers, \d+ is max)' } 'header', 'trailer',
		'row of interim answers', 'row of leaves', 'header of a proxy'),
	(map { $_ => 'the answer is longer than 1 MiB' } 'body', 'body of a length', 'refusal',
		'chunk', 'chunks', 'chunk extension', 'compressed body'),
	(map { $_ => '.+' } 'field', 'folded field', 'reason', 'trailer field', 'body of a proxy',
		'chunk of a proxy'),
);
for my $kind (sort keys %too_much) {
	my $endless = endpoint(['tests/lib/endless'], $kind);
	my @to = $kind =~ /proxy/ ? ('--proxy', $endless->{url}, 'https://example.com/')
	    : $endless->{url};
	my $peak = peak_kib('--retries', 1, '--backoff', 0, '--timeout', 600, @to, $one);
	ok $status == 75 || $kind =~ /proxy/ && $status == 69, "an endless $kind: a failed attempt";
	like $err, qr/(?:after 2 attempts; the last one|same way): no answer, $too_much{$kind}(?: \(-v shows more\))?$/m,
	    '... which is reported';
	cmp_ok $peak, '<', $usual + 8192, '... memory stays flat';
	wait_until { -s $endless->{log} } 'the endpoint to be left';
	my ($sent) = slurp($endless->{log}) =~ /(\d+)/;
	cmp_ok $sent, '<', 32 << 20, '... and it is cut off';
}
# Up to the bound, an answer is one.
$recorder = recorder('200:' . 'x' x 120000);
is send_to($recorder->{url}, $one), 0, 'a long answer is an answer';
ok !(grep { $_->{headers}{'accept-encoding'} } requests($recorder)),
    'compression is never asked for';

done_testing;
