#!/usr/bin/env perl
# The status page at the receiver's URL: who gets it, its headers, and that it shows
# what came, what was refused and what waits, by each way of starting.

use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Socket qw(AF_INET SOCK_STREAM SOL_SOCKET SO_RCVBUF inet_aton sockaddr_in);
use Test::More;
use Testbed;

my $secret = 'corr%ct h+rse';
my $file = spew(folder() . '/secret', "$secret\n");
chmod 0640, $file;
my %basic = (HTTP_AUTHORIZATION => 'Basic ' . encode_base64("me:$secret", ''));
my %look = (REQUEST_METHOD => 'GET', CONTENT_TYPE => undef, CONTENT_LENGTH => undef);
my %here = (HTTP_HOST => 'hooks.example.com', HTTPS => 'on', REQUEST_URI => '/mixpanel');

sub users {
	my ($first, $last) = @_;
	return form('[' . join(',', map { user("u$_") } $first .. $last) . ']');
}

# The ways: a question with these variables and this body, and the spool.
sub ways {
	my $fastcgi = receiver(env => { MIXSPOOL_SECRET_FILE => $file });
	my $any = receiver(any => 1, spool => make_spool('default'));
	my $spool = make_spool('default');
	my %named = (MIXSPOOL_DIR => $any->{spool}, MIXSPOOL_SECRET_FILE => $file);
	my %site = (MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file);
	return (
		['FastCGI', $fastcgi->{spool}, sub { fastcgi($fastcgi->{socket}, @_) }],
		['mod_fcgid\'s way', $any->{spool},
			sub { fastcgi($any->{socket}, $_[0], { %named, %{ $_[1] } }) }],
		['CGI', $spool, sub { cgi(\%site, @_) }],
	);
}

# What a page says, without its markup.
sub words_of {
	my $page = shift;
	$page =~ s/<style>.*?<\/style>//s;
	$page =~ s/<title[^>]*>.*?<\/title>//gs;
	$page =~ s/<[^>]*>/ /g;
	$page =~ s/\s+/ /g;
	return $page;
}

sub look {
	my ($ask, %variables) = @_;
	return $ask->('', { %look, %basic, %here, %variables });
}

# A receiver writes its journal soon after the answers, in any order.
sub page_with {
	my ($ask, $words, %variables) = @_;
	my $answer;
	wait_until { words_of(($answer = look($ask, %variables))->{text}) =~ $words }
	    "a page with $words";
	return $answer;
}

for my $way (ways()) {
	my ($name, $spool, $ask) = @$way;
	my $answer = look($ask);
	is $answer->{status}, 200, "$name: the page before anything came";
	like words_of($answer->{text}), qr/No webhook has arrived yet/, '... says so';
	like words_of($answer->{text}),
	    qr{Paste this URL into Mixpanel: https://mixpanel:SECRET\@hooks\.example\.com/mixpanel },
	    '... and what to do';
	unlike $answer->{text}, qr/corr/, '... without a word of the secret';
	for my $header ('Content-Type: text/html; charset=utf-8', 'Cache-Control: no-store',
		'Referrer-Policy: no-referrer', 'X-Content-Type-Options: nosniff',
		'X-Frame-Options: DENY') {
		like $answer->{head}, qr/^\Q$header\E\r?$/m, "... $header";
	}
	like $answer->{head},
	    qr/^Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r?$/m,
	    '... and may load nothing';
	unlike $answer->{head}, qr/^Set-Cookie/mi, '... and sets no cookie';
	unlike $answer->{text}, qr/<script|<link|<img|\bsrc=|\@import|url\((?!#)/i, '... nor names anything to load';

	my $head = look($ask, REQUEST_METHOD => 'HEAD');
	is "$head->{head}|$head->{text}", "$answer->{head}|", '... HEAD is the same without the body';

	# What came is shown, and what was refused, with advice.
	is $ask->(users(1, 50), \%basic)->{status}, 200, '... 50 users';
	is $ask->(users(1, 7), \%basic)->{status}, 200, '... and 7';
	is $ask->('no=users', \%basic)->{status}, 400, '... and what is none';
	$answer = page_with($ask, qr/Today 57 users in 3 requests, 1 refused/);
	my $words = words_of($answer->{text});
	like $words, qr/Today 57 users in 3 requests, 1 refused/, '... the page counts them';
	like $words, qr/Waiting 2 batches with 57 users, the oldest for \d+ seconds?/, '... and what waits';
	like $words, qr/Last arrival just now|Last arrival \d+ seconds ago/, '... and when';
	like $words, qr/default Refused, 400 It was not what Mixpanel sends\. .*? Answered: the form has no field users/,
	    '... and says why one was refused, and what to do';
	like $words, qr/50 users .* 57|57 .* 50 users/, '... and lists each request';
	unlike $words, qr/u1\@example|u50/, '... without anybody\'s data';

	# A campaign's URL is about that one.
	mkdir "$spool/trial" or die $!;
	is $ask->(users(1, 9), { %basic, PATH_INFO => '/trial' })->{status}, 200, '... 9 users of another campaign';
	my %trial = (PATH_INFO => '/trial', REQUEST_URI => '/mixpanel/trial?token=x');
	$answer = page_with($ask, qr/All well: 9 users today/, %trial);
	unlike words_of($answer->{text}), qr/default|57 users/, '... its page has nothing of the other';
	like $answer->{text}, qr{<a href="/mixpanel">all campaigns</a>}, '... and leads there';
	$answer = look($ask);
	like words_of($answer->{text}), qr/Campaigns .* default 57 1 .* trial 9 0 /, '... which has a table of both';
	like $answer->{text}, qr{<a href="/mixpanel/trial">trial</a>}, '... that leads back';
	is look($ask, PATH_INFO => '/none')->{status}, 404, '... and no campaign has no page';

	like look($ask)->{text}, qr/<meta http-equiv="Refresh" content="60">/, '... it loads itself again';
	unlike look($ask, QUERY_STRING => 'pause')->{text}, qr/http-equiv/i, '... until it is paused';

	# Who has no secret sees nothing.
	for my $case (['no secret', HTTP_AUTHORIZATION => undef],
		['a wrong one', HTTP_AUTHORIZATION => 'Basic ' . encode_base64('me:x', '')]) {
		my ($what, @variables) = @$case;
		for my $method (qw(GET HEAD)) {
			$answer = look($ask, REQUEST_METHOD => $method, @variables);
			is $answer->{status}, 401, "... $method with $what: 401";
			like $answer->{head}, qr/^WWW-Authenticate: Basic realm="mixspool"/m, '... so that a browser asks';
			unlike $answer->{text}, qr/<|users/, '... and nothing more';
		}
	}
	is look($ask, HTTP_AUTHORIZATION => undef, QUERY_STRING => 'token=' . escape($secret))->{status},
	    200, '... a token is as good';

	# Not in the journal, which has the refused looks.
	is scalar(grep {/"status":200/} map { split /^/m, slurp($_) } glob "$spool/.journal/*.jsonl"), 3,
	    '... a look at the page is not in the journal';
}

# Without a secret nothing is shown to anybody.
my $open = receiver();
my $answer = fastcgi($open->{socket}, '', { %look, %here });
is $answer->{status}, 405, 'no secret is set: 405';
is $answer->{text}, q(mixspool listens here for Mixpanel's webhooks: it takes POST requests and has )
    . q(nothing to show. Give this URL to Mixpanel. With a secret (MIXSPOOL_SECRET_FILE) it has a )
    . qq(status page for those who know it.\n), '... a sentence that says how to get the page';
like $answer->{head}, qr/^Allow: POST\r?$/m, '... and Allow';
is fastcgi($open->{socket}, '', { %look, REQUEST_METHOD => 'HEAD' })->{text}, '', '... HEAD has no body';
stop($open->{pid});

# What others wrote is text.
my $spool = make_spool(qw(default trial .journal));
my @utc = gmtime;
my $day = sprintf '%04d-%02d-%02d', $utc[5] + 1900, $utc[4] + 1, $utc[3];
my $at = sprintf '"at":"%sT%02d:%02d:%02d.000Z"', $day, @utc[2, 1, 0];
my $long = 'x' x 3000;
my $request = qq($at,"campaign":"default","format":"cohort","users":3,"bytes":9,"ms":1,"status");
spew("$spool/.journal/$day.jsonl", join '', map {"{$_}\n"}
	qq($request:200,"action":"members","project":"<i>7","cohort":"<u>12","name":"<script>alert(1)</script>\\"'&","page":1,"pages":2),
	qq($request:200,"action":"members","project":"7","cohort":"13","name":"\\u202e\xd7\xa9","page":1,"pages":2),
	qq($request:404,"why":"<script>alert(2)</script> \xe2\x80\xae$long"),
	$request =~ s/default/<img src=x>/r . qq(:404,"why":"there is no campaign <img src=x>"));
my %by_cgi = (MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file);
$answer = cgi(\%by_cgi, '', { %look, %basic, %here, HTTP_HOST => '"><script>', REQUEST_URI => '/a"><script>' });
is $answer->{status}, 200, 'a journal with hostile texts';
unlike $answer->{text}, qr/<(?:script|img|i|u)\b/, '... none of which is markup';
like $answer->{text}, qr{<bdi>&lt;script&gt;alert\(1\)&lt;/script&gt;&quot;&#39;&amp;</bdi>}, '... but text';
like $answer->{text}, qr/<bdi>\\xe2\\x80\\xae\xd7\xa9<\/bdi>/, '... of which no sign turns the rest around';
unlike $answer->{text}, qr/x{201}/, '... and none is long';
ok length $answer->{text} < 100_000, '... nor the page';
for my $uri ('//evil.example.com/x', 'relative', '/' . 'x' x 9000, '', '/mixpanel/other') {
	$answer = cgi(\%by_cgi, '', { %look, %basic, REQUEST_URI => $uri, PATH_INFO => '/trial' });
	is $answer->{status}, 200, 'a URL like ' . substr $uri, 0, 20;
	unlike $answer->{text}, qr/<a href="(?!\?)/, '... makes no link';
}

for my $case (['/trial', '/trial', '/'], ['/hooks/mixpanel/trial/', '/trial/', '/hooks/mixpanel'],
	['/mixpanel/trial?x=/y', '/trial', '/mixpanel']) {
	my ($uri, $info, $all) = @$case;
	like cgi(\%by_cgi, '', { %look, %basic, REQUEST_URI => $uri, PATH_INFO => $info })->{text},
	    qr{<a href="\Q$all\E">all campaigns</a>}, "... $uri leads to $all";
}
for my $case (['/mixpanel', '/', '/mixpanel'], ['/mixpanel/', '/', '/mixpanel'], ['/', '/', ''], ['/mixpanel/', '', '/mixpanel']) {
	my ($uri, $info, $path) = @$case;
	like cgi(\%by_cgi, '', { %look, %basic, REQUEST_URI => $uri, PATH_INFO => $info })->{text},
	    qr{<a href="\Q$path\E/trial">trial</a>}, "... $uri with PATH_INFO $info leads to a campaign";
}

like cgi({ %by_cgi, MIXSPOOL_JOURNAL_DAYS => 0, MIXSPOOL_DIR => make_spool('default') }, '', { %look, %basic })->{text},
    qr/<h1 class=new>The journal is off: what arrives is not known here</, 'no journal: the page says so';

# The secret in the query: a link would lose it, and the page must not have it.
my $token = escape($secret);
for my $case (["token=$token", 'Add', 'Refresh'], ["token=$token&pause", 'Take', '']) {
	my ($query, $word, $refreshes) = @$case;
	my $text = cgi(\%by_cgi, '',
		{ %look, QUERY_STRING => $query, REQUEST_URI => "/mixpanel?$query", HTTP_HOST => 'hooks.example.com' })->{text};
	like $text, qr{$word <code>&amp;pause</code>}, "?$query: how to pause";
	unlike $text, qr/<a href/, '... and no link, which would lose the secret';
	unlike $text, qr/token|\Q$secret\E|\Q$token\E/, '... nor the secret';
	is $text =~ /http-equiv="(Refresh)"/ ? $1 : '', $refreshes, '... and it is paused or not';
}

# A browser that does not read holds one thread, for 2 seconds, and no POST.
my $busy = make_spool(qw(default .journal));
my $quotes = '\\"' x 190;
spew("$busy/.journal/$day.jsonl", join '', map {;
	qq({$at,"campaign":"default","status":400,"format":"form","users":0,"bytes":9,"ms":1,"why":"$quotes"}\n),
	qq({$at,"campaign":"default","status":200,"format":"cohort","users":0,"bytes":9,"ms":1,"action":"members","project":"7","cohort":"$_","name":"$quotes","page":1,"pages":1}\n)
} 1 .. 64);
my $port = free_port();
my $slow = receiver(spool => $busy, socket => "127.0.0.1:$port", args => ['-j', 4], env => { MIXSPOOL_SECRET_FILE => $file });
my @idle;

sub idle_browser {
	socket my $socket, AF_INET, SOCK_STREAM, 0 or die $!;
	setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 2048;
	connect $socket, sockaddr_in($port, inet_aton('127.0.0.1')) or die $!;
	Testbed::fastcgi_send($socket, Testbed::fastcgi_records('', { %look, %basic }));
	return $socket;
}

sub look_slowly { return look(sub { fastcgi("127.0.0.1:$port", @_) }) }
wait_until {
	push @idle, idle_browser();
	($answer = look_slowly())->{status} == 503;
} 'a second page to be refused';
is $answer->{text}, "others are looking at the status page: load it again\n", '... another one waits for nothing';
is fastcgi("127.0.0.1:$port", users(1, 3), \%basic)->{status}, 200, '... nor do POSTs';
wait_until { ($answer = look_slowly())->{status} == 200 } 'a page again';
cmp_ok length $answer->{text}, '>', 100_000, '... and the next one gets its large page';
stop($slow->{pid});

# Advice is about sentences that there are.
my $sources = join '', map { slurp($_) =~ s/"\s*\n\s*"//gr } glob top() . '/cgi/*.c';
my @reasons = slurp(top() . '/src/status/advice.c') =~ /^    \{\d+, "([^"]+)",/mg;
cmp_ok @reasons, '>', 15, 'advice for many reasons';
is_deeply [grep { index($sources, $_) < 0 } @reasons], [], '... which the receiver gives';

# A path that leads to no folder, and folders that cannot be read.
$answer = cgi({ %by_cgi, MIXSPOOL_DIR => "$spool/none" }, '', { %look, %basic });
is $answer->{status}, 503, 'no spool: 503';
rename "$spool/.journal", "$spool/.was";
symlink "$spool/.was", "$spool/.journal";
$answer = cgi(\%by_cgi, '', { %look, %basic });
is $answer->{status}, 200, 'a journal behind a link is not followed';
like $answer->{text}, qr/<h1 class=warning>The journal cannot be read: what arrives is not known here</, '... and the page says so';
like $answer->{text}, qr/the journal cannot be read: Not a directory/, '... and why';
unlike $answer->{text}, qr/class=requests|57 users/, '... and has nothing of it';

done_testing;
