#!/usr/bin/env perl
# MIXSPOOL_SECRET_FILE: only requests with the secret are taken, by the receiver
# itself, by CGI, and behind real web servers with mixspool send.

use strict;
use warnings;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Testbed;

my $secret = 'corr%ct h+rse:battery&staple';
my $file = spew(folder() . '/secret', "$secret\n");
chmod 0640, $file;
my $body = form('[' . user('a') . ']');

sub basic { return 'Basic ' . encode_base64(join(':', @_), '') }

my $receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $file });

sub ask {
	my (%variables) = @_;
	return fastcgi($receiver->{socket}, $body, \%variables);
}

my @right = (
	['as a password', HTTP_AUTHORIZATION => basic('mixpanel', $secret)],
	['... with any user', HTTP_AUTHORIZATION => basic('', $secret)],
	['... whatever the case of Basic', HTTP_AUTHORIZATION => basic('x', $secret) =~ s/Basic/bAsIc/r],
	['as a Bearer token', HTTP_AUTHORIZATION => "Bearer $secret"],
	['... whatever the case of Bearer', HTTP_AUTHORIZATION => "bEARER  $secret"],
	['as a token', QUERY_STRING => 'token=' . escape($secret)],
	['... among others', QUERY_STRING => 'a=1&token=' . escape($secret) . '&b'],
	['... in the longest query', QUERY_STRING => 'token=' . escape($secret) . '&' . 'x' x (4096 - 7 - length escape($secret))],
	['beside a longer query', HTTP_AUTHORIZATION => basic('x', $secret), QUERY_STRING => 'x' x 5000],
	['as a token beside a wrong password', HTTP_AUTHORIZATION => basic('x', 'y'), QUERY_STRING => 'token=' . escape($secret)],
);
for my $case (@right) {
	my ($name, @variables) = @$case;
	is ask(@variables)->{status}, 200, "the secret $name";
}
is scalar(lines_in($receiver->{spool})), scalar(@right), 'all were spooled';

my $absent = qr/no Authorization header arrived, and no token \(some web servers withhold the header\)/;
my $long = qr/no Authorization header arrived, and the query is too long to look for a token: over 4096 bytes \(some web servers withhold the header\)/;
for my $case (
	['nothing', $absent],
	['an empty header', $absent, HTTP_AUTHORIZATION => ''],
	['another query', $absent, QUERY_STRING => 'tokens=x'],
	['a query too long', $long, QUERY_STRING => 'x=' . 'y' x 4096 . '&token=' . escape($secret)],
	['a token too long', $long, QUERY_STRING => 'token=' . 'y' x 4096],
	['... beside a wrong password', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', 'y'), QUERY_STRING => 'token=' . 'y' x 4096],
	['a wrong password', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', 'nothing')],
	['a shorter one', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', substr $secret, 0, -1)],
	['a longer one', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', "${secret}x")],
	['one with the line end', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', "$secret\n")],
	['an empty one', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', '')],
	['no colon', qr/wrong secret/, HTTP_AUTHORIZATION => 'Basic ' . encode_base64($secret =~ s/://r, '')],
	['no base64', qr/wrong secret/, HTTP_AUTHORIZATION => 'Basic ****'],
	['a huge one', qr/wrong secret/, HTTP_AUTHORIZATION => basic('x', 'y' x 20000)],
	['another scheme', qr/wrong secret/, HTTP_AUTHORIZATION => "Digest $secret"],
	['a wrong Bearer token', qr/wrong secret/, HTTP_AUTHORIZATION => 'Bearer nothing'],
	['a longer one', qr/wrong secret/, HTTP_AUTHORIZATION => "Bearer ${secret}x"],
	['an empty one', qr/wrong secret/, HTTP_AUTHORIZATION => 'Bearer '],
	['no space behind Bearer', qr/wrong secret/, HTTP_AUTHORIZATION => "Bearer$secret"],
	['the secret alone', qr/wrong secret/, HTTP_AUTHORIZATION => $secret],
	['a Bearer token in base64', qr/wrong secret/, HTTP_AUTHORIZATION => 'Bearer ' . encode_base64($secret, '')],
	['a wrong token', qr/wrong secret/, QUERY_STRING => 'token=x'],
	['two tokens', qr/wrong secret/, QUERY_STRING => 'token=x&token=' . escape($secret)],
	['a token that is no form', qr/wrong secret/, QUERY_STRING => "token=$secret"],
	['no campaign either', qr/wrong secret/, PATH_INFO => '/nosuch', QUERY_STRING => 'token=x'],
) {
	my ($name, $why, @variables) = @$case;
	my $answer = ask(@variables);
	is $answer->{status}, 401, "$name: 401";
	like $answer->{head}, qr/^WWW-Authenticate: Basic realm="mixspool"/m,
	    '... asks for one';
	like $answer->{log}, qr/^mixspool: 401, campaign unknown, [1-9]\d* bytes: $why$/m,
	    '... and the log says what is wrong';
	unlike "$answer->{log}$answer->{text}", qr/corr|horse|yyyy|nothing/,
	    '... without a word of it';
}
# The hint of a 401 fits the web server.
for my $case ([undef, 'some web servers withhold the header'],
	['', 'some web servers withhold the header'],
	['Fancy/1', 'some web servers withhold the header'],
	['Apache', 'Apache hands the header on with CGIPassAuth On'],
	['Apache/2.4.62 (Debian)', 'Apache hands the header on with CGIPassAuth On'],
	['nginx/1.22.1', 'nginx hands the header on: put mixpanel:SECRET@ into the URL'],
	['lighttpd/1.4.69', 'lighttpd hands the header on: put mixpanel:SECRET@ into the URL'],
	['Caddy/v2.6.2', 'Caddy hands the header on: put mixpanel:SECRET@ into the URL'],
	['HAProxy 2.6.12-1+deb12u4', 'HAProxy hands the header on with set-param HTTP_AUTHORIZATION %[req.hdr(authorization)]'],
	['h2o/2.2.5', 'h2o hands the header on with fastcgi.connect or fastcgi.spawn, and not with fastcgi-cgi'],
	['mini_httpd/1.30 26Oct2018', 'mini_httpd withholds the header: use ?token=SECRET in the URL'],
	['SimpleHTTP/0.6 Python/3.11.2', q(Python's http.server withholds the header: use ?token=SECRET in the URL)],
	['busybox httpd/1.35.0', 'busybox withholds the header: use ?token=SECRET in the URL']) {
	my ($software, $hint) = @$case;
	my $name = $software // 'unknown';
	is fastcgi($receiver->{socket}, $body, { SERVER_SOFTWARE => $software })->{text},
	    "no Authorization header arrived, and no token ($hint)\n", "$name: the hint of a 401";
	is fastcgi($receiver->{socket}, $body, { SERVER_SOFTWARE => $software,
			HTTP_AUTHORIZATION => 'Basic eDp5' })->{text}, "wrong secret\n", '... has no place where the header arrived';
}

is scalar(lines_in($receiver->{spool})), scalar(@right), 'nothing more was spooled';
is ask(REQUEST_METHOD => 'GET')->{status}, 401, 'a browser is asked for it';

# SIGHUP reads the file again; a file that cannot be used changes nothing.
my $log = $receiver->{log};
spew($file, "other\r\n");
kill 'HUP', $receiver->{pid};
wait_until { slurp($log) =~ /the secret was read again/ } 'the reload';
is ask(QUERY_STRING => 'token=other')->{status}, 200, 'SIGHUP: the new secret';
is ask(@{ $right[0] }[1, 2])->{status}, 401, '... and no longer the old one';
for my $case (['is empty', ''], ['more than one line', "a\nb\n"],
	['white space alone', " \t \n"], ['longer than 1024 bytes', 'x' x 1025]) {
	my ($what, $text) = @$case;
	spew($file, $text);
	kill 'HUP', $receiver->{pid};
	wait_until { slurp($log) =~ /^mixspool\.fcgi: cannot use the secret that MIXSPOOL_SECRET_FILE names: it (?:is|has) .*\Q$what\E|it $what; the one before stays$/m }
	    "a secret that $what";
	is ask(QUERY_STRING => 'token=other')->{status}, 200,
	    "a secret that $what is refused, the one before stays";
}
unlink $file;
kill 'HUP', $receiver->{pid};
wait_until { slurp($log) =~ /No such file or directory; the one before stays/ } 'no file';
is ask(QUERY_STRING => 'token=other')->{status}, 200, '... so is a missing file';
is stop($receiver->{pid}), 0, '... and it stops with 0';

# A link into another folder can be followed again from inside the sandbox.
mkdir folder() . "/$_" for qw(kept links);
my $kept = spew(folder() . '/kept/secret', "one\n");
chmod 0640, $kept;
my $link = folder() . '/links/secret';
symlink $kept, $link or die $!;
my $linked = receiver(env => { MIXSPOOL_SECRET_FILE => $link });
# It listens before it has read the file.
wait_until { slurp($linked->{log}) =~ /: ready: / } 'the first reading';
spew($kept, "two\n");
kill 'HUP', $linked->{pid};
wait_until { slurp($linked->{log}) =~ /the secret was read again|stays/ } 'the reload';
is fastcgi($linked->{socket}, $body, { QUERY_STRING => 'token=two' })->{status}, 200,
    'a secret that is a link elsewhere is read again';
stop($linked->{pid});

my $open = receiver();
kill 'HUP', $open->{pid};
is fastcgi($open->{socket}, $body)->{status}, 200, 'without a secret anybody may post, and SIGHUP changes nothing';
stop($open->{pid});

# The web server names a secret, and the receiver has a spool of its own.
$receiver = receiver();
for my $named ($file, '') {
	my $answer = fastcgi($receiver->{socket}, $body, { MIXSPOOL_SECRET_FILE => $named });
	is $answer->{status}, 503, 'a secret that only the web server names: nobody may post';
	like $answer->{text}, qr/^the web server names a MIXSPOOL_SECRET_FILE, which does not count here: set it where mixspool\.fcgi is started$/,
	    '... and the answer says why';
}
stop($receiver->{pid});
spew($file, $secret);
chmod 0640, $file;
$receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $file });
is ask(MIXSPOOL_SECRET_FILE => $file)->{status}, 401, 'a secret that both name counts';
is ask(MIXSPOOL_SECRET_FILE => $file, @{ $right[0] }[1, 2])->{status}, 200, '... for a request that has it';
is ask(MIXSPOOL_SECRET_FILE => $kept, QUERY_STRING => 'token=two')->{status}, 503, '... another one is 503';
stop($receiver->{pid});

# Requests name spools; the environment has the settings that they do not name.
$receiver = receiver(any => 1, env => { MIXSPOOL_SECRET_FILE => $file, MIXSPOOL_MAX_USERS => 2 });
my @named = (MIXSPOOL_DIR => $receiver->{spool});
is ask(@named)->{status}, 401, 'a spool by request, the secret of the environment';
is ask(@named, @{ $right[0] }[1, 2])->{status}, 200, '... which counts';
is ask(@named, MIXSPOOL_SECRET_FILE => $kept, QUERY_STRING => 'token=two')->{status}, 200,
    '... except for a request that names another';
is ask(@named, MIXSPOOL_SECRET_FILE => $kept, @{ $right[0] }[1, 2])->{status}, 401,
    '... where it does not count';
is ask(@named, MIXSPOOL_SECRET_FILE => '', @{ $right[0] }[1, 2])->{status}, 503,
    '... an empty name is a slip';
my $three = form('[' . join(',', map { user($_) } 1 .. 3) . ']');
is fastcgi($receiver->{socket}, $three, { @named, @{ $right[0] }[1, 2] })->{status}, 413,
    '... so do limits';
is fastcgi($receiver->{socket}, $three, { @named, MIXSPOOL_MAX_USERS => '', @{ $right[0] }[1, 2] })->{status}, 413,
    '... also where the request\'s variable is empty';
is fastcgi($receiver->{socket}, $three, { @named, MIXSPOOL_MAX_USERS => 3, @{ $right[0] }[1, 2] })->{status},
    200, '... except for a request that names others';
spew($file, 'other');
kill 'HUP', $receiver->{pid};
wait_until { slurp($receiver->{log}) =~ /the secret was read again/ } 'the reload';
is ask(@named, QUERY_STRING => 'token=other')->{status}, 200, '... and SIGHUP reads it again';
stop($receiver->{pid});

# A file that cannot be used stops the start, or is a 503.
spew($file, $secret);
chmod 0644, $file;
my $err = folder() . '/start.err';
my $pid = spawn([program(), '-s', folder() . '/x.sock', '-d', make_spool()],
	env => { MIXSPOOL_SECRET_FILE => $file }, err => $err);
is exit_of(reap($pid)), 66, 'a file that others can read: it does not start';
like slurp($err), qr/cannot use the secret that MIXSPOOL_SECRET_FILE names: others can read or write it, take that away: chmod o= FILE$/m,
    '... and says why';
$pid = spawn([program(), '-s', folder() . '/x.sock', '-d', make_spool()],
	env => { MIXSPOOL_SECRET_FILE => folder() }, err => $err);
is exit_of(reap($pid)), 66, 'a folder: it does not start';
like slurp($err), qr/MIXSPOOL_SECRET_FILE names: it is not a file$/m, '... and says why';
my $spool = make_spool(qw(default));
my $answer = cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file }, $body,
	{ QUERY_STRING => 'token=' . escape($secret) });
is $answer->{status}, 503, '... as CGI it is a 503';
chmod 0600, $file;
$answer = cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file }, $body,
	{ QUERY_STRING => 'token=' . escape($secret) });
is "$answer->{status} $answer->{exit}", '200 0', 'CGI: the right secret, exit 0';
$answer = cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file }, $body, {});
is "$answer->{status} $answer->{exit}", '401 0', '... and no secret';
# Words of a URL's query, which web servers pass to a CGI program as arguments.
for my $words (['-d', make_spool(qw(default))], ['-s', folder() . '/query.sock', '-d', $spool],
	['-x'], ['-V'], ['-h'], ['word']) {
	$answer = cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $file }, $body, {}, @$words);
	is "$answer->{status} $answer->{exit}", '401 0', "... the query's @$words is no way around it";
}
is scalar(lines_in($spool)), 1, '... spooled once';

# Behind real web servers, configured by the examples.
chmod 0755, folder();
my $behind = receiver(env => { MIXSPOOL_SECRET_FILE => $file });
chmod 0777, $behind->{socket};
my @trust = ('--retries', 0, '--sample', 1, '--cacert', certificate() . '.pem');
for my $server (['nginx', nginx($behind->{socket})],
	['Apache', apache('proxy', { '/run/mixspool/mixspool.sock' => $behind->{socket} })]) {
	my ($name, $front) = @$server;
	is +(tool('send', @trust, '-u', "mixpanel:$secret", $front->{url}))[0], 0,
	    "$name: the password comes through";
	is +(tool('send', @trust, $front->{url} . '?token=' . escape($secret)))[0], 0,
	    '... so does the token';
	is +(tool('send', @trust, '-u', 'mixpanel:wrong', $front->{url}))[0], 69,
	    '... a wrong one is refused';
	like slurp($front->{log}), qr/401, campaign unknown, [1-9]\d* bytes: wrong secret/,
	    '... and the error log says so';
	unlike slurp($front->{log}), qr/horse|battery/, '... not what it is';
}

# Started by Apache, with the line of the example.
SKIP: {
	skip 'a sanitizer cannot work in the sandbox, and Apache passes on no word', 4
	    if $ENV{SANITIZED};
	if ($> == 0) {
		my $www = getpwnam 'www-data';
		chown $www, -1, $file;
	}
	for my $way (qw(fcgid cgi)) {
		my $stored = make_spool(qw(default));
		my $front = apache($way, undef, site => sub {
			my $text = Testbed::example('apache-example.conf', shift,
				{ '/usr/local/sbin' => programs_for_all(),
					'/var/spool/mixspool' => $stored,
					'/etc/mixspool/secret' => $file });
			$text =~ s/^(\s*)#(\w+ MIXSPOOL_SECRET_FILE )/$1$2/mg;
			return $text;
		});
		is curl($front->{url}, '-d', 'users=[]')->{status}, 401,
		    "$way: a POST without the secret is refused";
		is curl($front->{url}, '-u', "mixpanel:$secret", '-d', 'users=[]')->{status},
		    200, '... and one with it is not'
		    or diag slurp($front->{log});
		stop($front->{pid});
	}
}

# systemd's unit has the line as well.
like slurp(top() . '/systemd/mixspool.service'),
    qr{^#Environment=MIXSPOOL_SECRET_FILE=/etc/mixspool/secret$}m, 'the unit has the line';

done_testing;
