#!/usr/bin/env perl
# to-http: what goes in comes out, or is in failed/, or waits.

use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
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
}
waits('no server', $to, 'http://127.0.0.1:1/');
waits('a name that nobody has', $to, 'https://nobody.invalid/');
my $secure = recorder({ RECORDER_TLS => certificate() });
waits('an unknown certificate', $to, $secure->{url});
takes('a known one', [users()], $to, $secure->{url}, '--cacert', certificate() . '.pem');
waits('a scheme that is not HTTP', $to, "file://$home/x");

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
	local $ENV{TMPDIR} = '/nonexistent';
	waits('TMPDIR that is not there', $to, $recorder->{url});
}

done_testing;
