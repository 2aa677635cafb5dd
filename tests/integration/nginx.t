#!/usr/bin/env perl
# The receiver behind a real nginx, from nginx-example.conf as it stands.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my $receiver = receiver(spool => make_spool(qw(default reactivation)));
my $spool = $receiver->{spool};
my $nginx = nginx($receiver->{socket});
my $url = $nginx->{url};
my ($anna, $bert) = map { user($_) } qw(anna bert);

my $answer = curl($url, '--data-urlencode', "users=[$anna,$bert]");
is $answer->{status}, 200, 'a POST as a form';
is $answer->{text}, "spooled 2 users\n", 'its answer';
is_deeply [lines_in($spool)], ["$anna\n", "$bert\n"], 'its lines';

$answer = curl("$url/reactivation", '--data-urlencode', "users=[$anna]");
is $answer->{status}, 200, 'a campaign by the path';
is_deeply [lines_in($spool, 'reactivation')], ["$anna\n"], 'its line';
is curl("$url/none", '-d', 'users=[]')->{status}, 404, 'no such campaign';
is curl("$url/..%2Freactivation", '-d', 'users=[]')->{status}, 404,
    'an encoded way up';
is curl("$url/$_", '-d', 'users=[]')->{status}, 200, "a slash at the end: /$_"
    for '', 'reactivation/';

$answer = curl($url);
is $answer->{status}, 405, 'a browser';
like $answer->{text}, qr/^mixspool listens here/, '... reads a sentence';
like $answer->{head}, qr/^Allow: POST\r?$/mi, '... and Allow';
is curl($url, '-I')->{status}, 405, 'HEAD';

# nginx's own errors, as Mixpanel understands them.
sub is_busy {
	my ($answer, $name) = @_;
	return is_deeply [@$answer{qw(status)}, decode_json($answer->{text})->{error}{code},
		sort $answer->{head} =~ /^(Content-Type: application\/json|Retry-After: 60)\r?$/gmi],
	    [503, 503, 'Content-Type: application/json', 'Retry-After: 60'], "$name: 503, JSON";
}

# nginx reads a chunked body whole and sends its length.
my $body = spew(folder() . '/body', form("[$anna]"));
is curl($url, '-H', 'Transfer-Encoding: chunked', '--data-binary', "\@$body")
    ->{status}, 200, 'a chunked body';
is curl($url, '-H', 'Content-Encoding: gzip', '-d', 'users=[]')->{status}, 415,
    'a Content-Encoding';
is curl($url, '-H', 'Content-Type: text/json', '-d', '[]')->{status},
    415, 'another type';

unlink batches_in($spool);
my $users = join ',', map { user("u$_") } 1 .. 1000;
spew($body, 'users=[' . $users . ' ' x (1048576 - 8 - length $users) . ']');
$answer = curl($url, '--data-binary', "\@$body");
is $answer->{status}, 200, 'a body of 1 MiB';
is scalar(lines_in($spool)), 1000, 'its 1000 lines';

spew($body, 'users=' . ' ' x 34_000_000);
$answer = curl($url, '--data-binary', "\@$body");
is $answer->{status}, 413, 'a body of 34 MB';
like $answer->{text}, qr/MIXSPOOL_MAX_BODY/, '... is refused by mixspool';
# Answers that come before the body is read, while nginx is still sending it.
spew($body, 'users=' . ' ' x 1000000);
for my $try (1 .. 20) {
	$answer = curl("$url/none", '--data-binary', "\@$body");
	last if $answer->{status} != 404;
}
is $answer->{status}, 404, 'early answers to large bodies arrive';
spew($body, 'users=' . ' ' x 40_000_000);
is_busy(curl($url, '--data-binary', "\@$body"), 'a body of 40 MB is refused by nginx');

my $log = slurp($nginx->{log});
like $log, qr/mixspool: 404, campaign none, [1-9]\d* bytes: there is no campaign/,
    'the error log says what was refused';
unlike $log, qr/anna|\@example\.com/, '... without personal data';
is scalar(() = $log =~ /buffered to a temporary file/g), 1,
    'only the body over 8 MB went through a temporary file';

stop($receiver->{pid});
is_busy(curl($url, '-d', 'users=[]'), 'no receiver');
$receiver = receiver(socket => $receiver->{socket}, spool => $spool);
is curl($url, '-d', 'users=[]')->{status}, 200, 'and 200 when it is back';

# The lines that the example has as comments: which addresses, and how often.
sub limited {
	my ($address, $rate) = @_;
	return nginx($receiver->{socket}, edit => sub {
		my $site = shift;
		$site =~ s/^(\s*)#(?=allow|deny|limit_req|access_log)/$1/mg;
		$site =~ s{allow \S+;}{allow $address;};
		$site =~ s{rate=\S+;}{rate=$rate;};
		$site =~ s{burst=\d+}{burst=1};
		return $site;
	});
}
is curl(limited('127.0.0.0/8', '50r/s')->{url}, '-d', 'users=[]')->{status}, 200,
    'an address on the list';
is curl(limited('192.0.2.0/24', '50r/s')->{url}, '-d', 'users=[]')->{status}, 403,
    '... and one that is not on it';
my $slow = limited('127.0.0.0/8', '1r/m');
is_deeply [map { curl($slow->{url}, '-d', 'users=[]')->{status} } 1 .. 3],
    [200, 200, 503], 'above the rate and its burst: 503, after which Mixpanel sends again';

done_testing;
