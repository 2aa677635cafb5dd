#!/usr/bin/env perl
# The receiver behind a real Apache, in the three ways of apache-example.conf as
# it stands.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my ($anna, $bert) = map { user($_) } qw(anna bert);
my $body = folder() . '/body';

sub start_apache {
	my ($way, $spool, $socket) = @_;
	return apache($way, $way eq 'proxy'
		? { '/run/mixspool/mixspool.sock' => $socket }
		: { '/usr/local/sbin' => programs_for_all(),
			'/var/spool/mixspool' => $spool });
}

sub check_way {
	my $way = shift;
	my $receiver = receiver(args => ['-m', '0666'],
		spool => make_spool(qw(default reactivation)));
	my $spool = $receiver->{spool};
	my $apache = start_apache($way, $spool, $receiver->{socket});
	my $url = $apache->{url};

	my $answer = curl($url, '--data-urlencode', "users=[$anna,$bert]");
	is $answer->{status}, 200, 'a POST as a form';
	is $answer->{text}, "spooled 2 users\n", 'its answer';
	is_deeply [lines_in($spool)], ["$anna\n", "$bert\n"], 'its lines';

	is curl("$url/reactivation", '--data-urlencode', "users=[$anna]")
	    ->{status}, 200, 'a campaign by the path';
	is_deeply [lines_in($spool, 'reactivation')], ["$anna\n"],
	    '... its line';
	is curl("$url/none", '-d', 'users=[]')->{status}, 404,
	    'no such campaign';
	is curl("$url/$_", '-d', 'users=[]')->{status}, 200, "a slash at the end: /$_"
	    for '', 'reactivation/';

	$answer = curl("$url/reactivation?health");
	is "$answer->{status} $answer->{text}", "200 a POST to campaign reactivation can be stored\n",
	    'the question for health';
	$answer = curl("$url?health", '-I', '--http1.1');
	is "$answer->{status} $answer->{exit}", '200 0', '... by HEAD';
	is curl("$url/none?health")->{status}, 404, '... of no campaign';
	unlike slurp($apache->{log}), qr/can be stored/, '... is in no log';
	$answer = curl($url);
	is $answer->{status}, 405, 'a browser';
	like $answer->{text}, qr/^mixspool listens here/, '... reads a sentence';
	like $answer->{head}, qr/^Allow: POST\r?$/mi, '... and Allow';
	is curl($url, '-H', 'Content-Encoding: gzip', '-d', 'users=[]')
	    ->{status}, 415, 'a Content-Encoding';

	# Answers that come before the body is read, while it is on its way: each of
	# them arrives whole.
	spew($body, 'users=' . ' ' x 300000);
	is_deeply [map { curl($url, '-m', 3, '-H', "Content-Encoding: $_", '--data-binary', "\@$body")
		    ->{status} } ('gzip') x 10], [(415) x 10], '... ten times';

	unlink batches_in($spool);
	my $users = join ',', map { user("u$_") } 1 .. 1000;
	spew($body,
		'users=[' . $users . ' ' x (1048576 - 8 - length $users) . ']');
	is curl($url, '--data-binary', "\@$body")->{status}, 200,
	    'a body of 1 MiB';
	is scalar(lines_in($spool)), 1000, '... its 1000 lines';
	spew($body, 'users=' . ' ' x 34_000_000);
	$answer = curl($url, '--data-binary', "\@$body");
	is $answer->{status}, 413, 'a body of 34 MB';
	like $answer->{text}, qr/MIXSPOOL_MAX_BODY/,
	    '... is refused by mixspool';
	spew($body, 'users=' . ' ' x 1000000);
	for my $try (1 .. 5) {
		$answer = curl("$url/none", '--data-binary', "\@$body");
		last if $answer->{status} != 404;
	}
	is $answer->{status}, 404, 'early answers to large bodies arrive';
	spew($body, 'users=' . ' ' x 40_000_000);
	$answer = curl($url, '--data-binary', "\@$body");
	is $answer->{status}, { proxy => 413, fcgid => 500 }->{$way} // 503, 'a body of 40 MB is refused';
	like $answer->{text}, qr/^\{"status": "failure", .*"code": 503\}\}$/, '... in JSON'
	    if $way =~ /^cgi/;
	# Apache's LimitRequestBody has no effect on mod_proxy_fcgi, as the example says.
	is scalar(() = $answer->{text} =~ /MIXSPOOL_MAX_BODY/g), $way eq 'proxy' ? 1 : 0,
	    $way eq 'proxy' ? '... by mixspool' : '... by Apache';

	my $log = slurp($apache->{log});
	like $log, qr/mixspool: 404, campaign none, \d+ bytes: there is no/,
	    'the error log says what was refused';
	unlike $log, qr/anna|\@example\.com/, '... without personal data';
	return ($receiver, $apache);
}

# Apache passes a query without an = to a CGI program as arguments.
sub check_queries {
	my $apache = shift;
	my $elsewhere = make_spool(qw(default));
	for my $query ('word', '-h', "-d+$elsewhere", "-s+$elsewhere/socket+-d+$elsewhere") {
		my $answer = curl("$apache->{url}?$query", '--max-time', 10,
			'--data-urlencode', "users=[$anna]");
		is "$answer->{status} $answer->{text}", "200 spooled 1 user\n",
		    "the query $query changes nothing";
	}
	is_deeply [glob "$elsewhere/{*,default/*}"], ["$elsewhere/default"],
	    '... and writes nothing elsewhere';
	return;
}

for my $way (qw(proxy fcgid cgi cgid)) {
	subtest $way => sub {
		my ($receiver, $apache) = check_way($way);
		check_queries($apache);
		if ($way eq 'proxy') {
			stop($receiver->{pid});
			is curl($apache->{url}, '-d', 'users=[]')->{status},
			    503, 'no receiver is 503';
			is decode_json(curl($apache->{url}, '-d', 'users=[]')->{text})->{error}{code},
			    503, '... in JSON';
			$receiver = receiver(socket => $receiver->{socket},
				spool => $receiver->{spool},
				args => ['-m', '0666']);
			is curl($apache->{url}, '-d', 'users=[]')->{status},
			    200, 'and 200 as soon as it is back';
		}
		stop($receiver->{pid});
		stop($apache->{pid});
	};
}

# The Authorization header reaches the programs.
my $echo = folder() . '/echo';
mkdir $echo;
chmod 0755, $echo;
spew("$echo/mixspool.fcgi", <<'END');
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n%s' "$HTTP_AUTHORIZATION"
END
chmod 0755, "$echo/mixspool.fcgi";
my $apache = apache('cgi', { '/usr/local/sbin' => $echo,
		'/var/spool/mixspool' => make_spool() });
like curl($apache->{url}, '-u', 'a:b', '-d', 'users=[]')->{text},
    qr/^Basic /, 'CGI: Authorization arrives';
stop($apache->{pid});

my $listener = IO::Socket::UNIX->new(Local => "$echo/socket", Listen => 5);
chmod 0666, "$echo/socket";
$apache = apache('proxy', { '/run/mixspool/mixspool.sock' => "$echo/socket" });
my $client = spawn(['curl', '-sk', '-u', 'a:b', '-d', 'users=[]', '-o',
		'/dev/null', $apache->{url}]);
my $peer = $listener->accept;
my $request = '';
while ($request !~ /users=/) {
	sysread $peer, $request, 65536, length $request or last;
}
like $request, qr/HTTP_AUTHORIZATIONBasic /, 'proxy: Authorization arrives';
close $peer;
reap($client);
stop($apache->{pid});

done_testing;
