#!/usr/bin/env perl
# to-http: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;
use Testbed;
use Recipes;

my $home = folder();
my $to = example('http');

my $recorder = recorder({}, 200, 201, 204);
for my $lines ([users()], [map { $_->[0] } hard_users()], [user('a'), user('a')]) {
	takes(scalar(@$lines) . ' users', $lines, $to, $recorder->{url});
	my $request = (requests($recorder))[-1];
	is $request->{sha256}, sha256_hex(map {"$_\n"} @$lines),
	    '... arrive as they are, byte for byte';
	is $request->{headers}{'content-type'}, 'application/x-ndjson',
	    '... with their type';
}
is join(' ', map { $_->{method} } requests($recorder)), 'POST POST POST',
    '... in one request each';

# The key is that of the batches, and of the lines in them.
run_recipe($_, $to, $recorder->{url}) for [users()], [users()], [user('a')], [user('b')];
my ($again, $first, @parts) = map { $_->{headers}{'idempotency-key'} }
    (requests($recorder))[-4 .. -1];
like $first, qr/^default-20261121T010203\.000000Z-9f3a1c22-000001-/,
    'Idempotency-Key names the batches';
is $again, $first, '... the same when they come again';
isnt $parts[0], $parts[1], '... and another one for another part of them';

for my $answer (qw(301 302 401 403 404 405 408 409 429 500 503 close truncated)) {
	waits("the answer $answer", $to, recorder($answer)->{url});
}
for my $answer (400, 413, 422) {
	# for a run of both, for one by drain, for the good user alone, for the bad one
	my $endpoint = recorder($answer, $answer, 200, $answer);
	refuses("the answer $answer", [user('bad')], [user('good')], $to, $endpoint->{url});
	is join(' ', map { $_->{answer} } requests($endpoint)), "$answer $answer 200 $answer",
	    '... no other request was sent';
}
{
	local $ENV{HTTP_TIMEOUT} = 1;
	waits('no answer', $to, recorder('hang')->{url});
	local $ENV{HTTP_TIMEOUT} = 'soon';
	waits('a time that is none', $to, $recorder->{url});
}

# An endpoint that reads the header only. curl waits for its answer with a large body.
sub answers {
	my ($text) = @_;
	my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 9) or die $!;
	my $pid = fork // die $!;
	if (!$pid) {
		while (my $client = $listener->accept) {
			while (<$client>) { last if /^\r\n/ }
			print {$client} $text;
			close $client;
		}
		POSIX::_exit(0);
	}
	return ($pid, 'http://127.0.0.1:' . $listener->sockport . '/');
}
for (['413 before the body', "HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n", 65],
	['half a status', 'HTTP/1.1 2', 75],
	['half a chunk', "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhal", 75],
	['no HTTP', "220 mail.example.com ESMTP\r\n", 75]) {
	my ($what, $text, $status) = @$_;
	my ($pid, $endpoint) = answers($text);
	for my $size (100, 3_000_000) {
		my ($got, $said) = run_recipe([big_user('a', $size)->[0]], $to, $endpoint);
		is $got, $status, "$what, $size bytes: exit $status";
		like $said, qr/\A[^\n]*(curl|to-http): .*\n\z/, '... and it says why';
	}
	stop($pid);
}
waits('no server', $to, 'http://127.0.0.1:1/');
waits('a name that nobody has', $to, 'https://nobody.invalid/');
my $secure = recorder({ RECORDER_TLS => certificate() });
waits('an unknown certificate', $to, $secure->{url});
takes('a known one', [users()], $to, $secure->{url}, '--cacert', certificate() . '.pem');
waits('a scheme that is not HTTP', $to, "file://$home/x");

waits('a URL without http://', $to, $recorder->{url} =~ s{^http://}{}r);
waits('a password in the URL', $to, 'http://growth:secret@127.0.0.1:1/');
waits('redirects that would be followed', $to, recorder(302)->{url}, '-L');
takes('10 MB', [big_user('vast', 10_000_000)->[0]], $to, $recorder->{url});
is((requests($recorder))[-1]{size}, 10_000_000 + length(big_user('vast', 0)->[0]) + 1,
	'... arrive');
my @odd = (nobodies(), 'no JSON', "\"\xff\"");
takes('lines about nobody', \@odd, $to, $recorder->{url});
is((requests($recorder))[-1]{sha256}, sha256_hex(map {"$_\n"} @odd),
	'... arrive as they are');
takes_in_cron([users()], $to, $recorder->{url});
{
	local $ENV{http_proxy} = 'http://growth:secret@127.0.0.1:1/';
	waits('a proxy', $to, $recorder->{url});
	local $ENV{no_proxy} = 'localhost';
	takes('no_proxy', [users()], $to, $recorder->{url});
}
my $options = spew("$home/options", qq(header = "Authorization: Bearer s"\n));
takes('curl\'s options', [users()], $to, $recorder->{url}, '-K', $options);
is((requests($recorder))[-1]{headers}{authorization}, 'Bearer s', '... are used');
{
	local $ENV{HOME} = $home;
	spew("$home/.curlrc", "url = http://127.0.0.1:1/\nverbose\nlocation\n");
	takes('the user\'s .curlrc', [users()], $to, $recorder->{url});
	is((run_recipe([user('a')], { MIXSPOOL_USERS => 2 }, $to, $recorder->{url}))[0], 75,
		'a cut input: exit 75');
	mkdir "$home/tmp";
	local $ENV{TMPDIR} = "$home/tmp";
	takes('another TMPDIR', [users()], $to, "$recorder->{url}/[a-c]");
	is((requests($recorder))[-1]{path}, '/hook/[a-c]', '... and brackets in the URL');
	is_deeply [glob "$home/tmp/*"], [], '... nothing is left there';
	my $slow = recorder('hang');
	my $run = spawn([$to, $slow->{url}], in => new_file(user('a') . "\n"), err => '/dev/null',
		env => { MIXSPOOL_CAMPAIGN => 'default', MIXSPOOL_FIRST => 'a', MIXSPOOL_LAST => 'a',
			MIXSPOOL_USERS => 1 });
	wait_until { requests($slow) } 'the request';
	is_deeply [glob "$home/tmp/*"], [], '... during a run neither, which may be killed';
	stop($run, 'KILL');
	local $ENV{TMPDIR} = '/nonexistent';
	waits('TMPDIR that is not there', $to, $recorder->{url});
}

done_testing;
