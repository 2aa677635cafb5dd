#!/usr/bin/env perl
# The status page behind real web servers, configured by the examples: by FastCGI,
# mod_fcgid and CGI.

use strict;
use warnings;
use Test::More;
use Testbed;

plan skip_all => 'a sanitizer cannot work in the sandbox, and Apache passes on no word'
    if $ENV{SANITIZED};

my $secret = 'corr%ct h+rse';
my $file = new_file("$secret\n");
chmod 0640, $file;
chown scalar(getpwnam 'www-data'), -1, $file if $> == 0;
chmod 0755, folder();

# Apache starts the program itself.
sub by_apache {
	my ($way, $spool) = @_;
	return apache($way, undef, site => sub {
		my $text = Testbed::example('apache-example.conf', shift,
			{ '/usr/local/sbin' => programs_for_all(),
				'/var/spool/mixspool' => $spool, '/etc/mixspool/secret' => $file });
		$text =~ s/^(\s*)#(\w+ MIXSPOOL_SECRET_FILE )/$1$2/mg;
		return $text;
	});
}

# So that Apache's user makes the journal, too.
sub spool_of_all {
	my $spool = make_spool('default', @_);
	chmod 0777, $spool;
	return $spool;
}

# A receiver with a spool of its own: its socket.
sub socket_of_one {
	my $receiver = receiver(spool => spool_of_all('trial'), env => { MIXSPOOL_SECRET_FILE => $file });
	chmod 0777, $receiver->{socket};
	return $receiver->{socket};
}

for my $case (
	['nginx', sub { nginx(socket_of_one()) }],
	['Apache\'s mod_proxy_fcgi', sub { apache('proxy', { '/run/mixspool/mixspool.sock' => socket_of_one() }) }],
	['mod_fcgid', sub { by_apache('fcgid', spool_of_all('trial')) }],
	['Apache\'s CGI', sub { by_apache('cgi', spool_of_all('trial')) }],
) {
	my ($name, $start) = @$case;
	my $front = $start->();
	my ($url, @auth) = ($front->{url}, '-u', "me:$secret");
	is curl($url)->{status}, 401, "$name: no page without the secret";
	like curl($url)->{head}, qr/^WWW-Authenticate: Basic realm="mixspool"/mi, '... which is asked for';
	is curl("$url/trial", @auth, '-d', form('[' . user('a') . ',' . user('b') . ']'))->{status}, 200, '... 2 users';
	my $answer;
	wait_until { ($answer = curl($url, @auth))->{text} =~ /<b>2 users<\/b>/ } 'the journal';
	is $answer->{status}, 200, '... are on the page';
	like $answer->{head}, qr/^Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'/mi, '... with its policy';
	like $answer->{text}, qr{<a href="/mixpanel/trial">trial</a>}, '... and a link to the campaign';
	$answer = curl("$url/trial", @auth);
	like $answer->{text}, qr{<h1 class=good>All well: 2 users today.*<a href="/mixpanel">|<a href="/mixpanel">.*<h1 class=good>All well: 2 users today}s,
	    '... whose page leads back';
	my $head = curl($url, @auth, '--head');
	is "$head->{status} $head->{text}", "200 $head->{head}", '... HEAD has no body';
	stop($front->{pid});
}

done_testing;
