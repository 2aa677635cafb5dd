#!/usr/bin/env perl
# mixspool doctor URL: each web server from its example is well, and broken in one way
# it is told so, with the line to change and the file that has it.

use strict;
use warnings;
use Doctor;
use Servers;
use Test::More;
use Testbed;

make_certificates();
my $root = certificates() . '/root.pem';
my $secret = new_file("s3cret\n");
chmod 0640, $secret;
chown 0, scalar(getgrnam 'www-data') // 0, $secret if $> == 0;
# The second one takes small bodies alone, so that the checks take less time.
my ($receiver, $small) = map {
	receiver(spool => make_spool(qw(default reactivation)), args => ['-m', '0666'],
		env => { MIXSPOOL_SECRET_FILE => $secret, MIXSPOOL_MAX_BODY => $_, MIXSPOOL_MEMORY => '1G' })
} '32M', '4M';
$_->{secret} = $secret for $receiver, $small;

my @apache = qw(proxy fcgid cgi);
my @servers = ('nginx', @apache, grep { !missing_server($_) } qw(lighttpd caddy h2o haproxy));
my %file = (nginx => '/etc/nginx/conf.d/mixspool.conf', lighttpd => '/etc/lighttpd/conf-available/90-mixspool.conf',
	caddy => '/etc/caddy/Caddyfile', h2o => '/etc/h2o/h2o.conf', haproxy => '/etc/haproxy/haproxy.cfg',
	map { ($_ => '/etc/apache2/sites-available/mixspool.conf') } @apache);

# An edit of a configuration that leaves out, replaces or adds.
sub without { my $line = shift; return sub { shift =~ s/^.*$line.*\n//mgr } }
sub replace { my ($from, $to) = @_; return sub { shift =~ s/$from/$to/gr } }
# nginx: a line in the location.
sub with { my $line = shift; return replace(qr/(?=^\t\tclient_max_body_size)/m, "\t\t$line\n") }
sub both { my @edits = @_; return sub { my $text = shift; $text = $_->($text) for @edits; return $text } }

my $location = 'location ~ ^/mixpanel(?<campaign_path>/.*)?$ {';
my $fastcgi = 'include /etc/nginx/fastcgi_params';
my $broken = folder() . '/broken';
mkdir $broken;
chmod 0755, folder(), $broken;
chmod 0755, spew("$broken/mixspool.fcgi", "#!/nowhere\n");
my $large = qr/FcgidMaxRequestLen 34603008/;

my %certificate = (fcgid => qr/^SSLCertificateFile /, cgi => qr/^SSLCertificateFile /,
	lighttpd => qr/^ssl\.pemfile = /, caddy => qr/^tls /, h2o => qr/^certificate-file: /, haproxy => qr/^bind :443 ssl crt /);

# The server, what is broken, what becomes of its configuration, the check that finds it,
# how bad that is, what doctor says, and the line that it shows.
my @rows = (
	['nginx', 'the chain without the intermediate certificate', ['good', 'pem'], 'certificate', 'wrong',
		qr/an intermediate certificate is missing/, qr/^ssl_certificate .*fullchain\.pem;$/],
	['nginx', 'a certificate that has expired', ['old', 'chain'], 'certificate', 'wrong', qr/it has expired/, qr/^ssl_certificate /],
	['nginx', 'a certificate that soon expires', ['soon', 'chain'], 'certificate', 'warning', qr/expires in 5 days/, qr/^ssl_certificate /],
	['nginx', 'a certificate of its own', ['selfsigned', 'chain'], 'certificate', 'wrong', qr/nobody trusts its issuer/, qr/^ssl_certificate /],
	['nginx', 'a certificate for another host', ['other', 'chain'], 'certificate', 'wrong', qr/it is for another host/, qr/^ssl_certificate /],
	['nginx', 'a redirect', with('return 301 https://www.example.com/?token=hush;'), 'redirect', 'wrong',
		qr/redirected: 301 of nginx, to https:\/\/www\.example\.com\/$/, qr/without return or rewrite/],
	['nginx', 'a password of its own', with("auth_basic x; auth_basic_user_file $secret;"), 'form', 'wrong', qr/401 of nginx/, qr/^auth_basic off;$/],
	['nginx', 'only other addresses', with('deny all;'), 'form', 'wrong', qr/403 of nginx/, qr/deny all/],
	['nginx', 'another path', replace(qr/\^\/mixpanel/, '^/mixpane1'), 'form', 'wrong', qr/404 of nginx/, qr/^\Q$location\E$/],
	['nginx', 'a file in place of mixspool', both(without('fastcgi_pass'), with('root /; try_files /etc/hosts =404;')), 'form', 'wrong', qr/405 of nginx/, qr/^fastcgi_pass unix:/],
	['nginx', 'a limit of the rate with 429', with('return 429;'), 'form', 'wrong', qr/429 of nginx/, qr/^limit_req_status 503;$/],
	['nginx', 'no receiver', replace(qr/unix:\S+;/, 'unix:/nowhere;'), 'form', 'wrong', qr/503 of nginx/, qr/^fastcgi_pass unix:/],
	['nginx', 'no receiver, and its own page', both(replace(qr/unix:\S+;/, 'unix:/nowhere;'), without('error_page')), 'form', 'wrong', qr/502 of nginx/, qr/^fastcgi_pass unix:/],
	['nginx', 'something else that says 200', with('return 200 "spooled 0 users";'), 'form', 'wrong', qr/200 of nginx/, qr/^\Q$location\E/],
	['nginx', 'the header withheld', with('fastcgi_param HTTP_AUTHORIZATION "";'), 'form', 'wrong', qr/no Authorization header/, qr/fastcgi_params/],
	['nginx', 'the whole path as PATH_INFO', replace(qr/PATH_INFO \$campaign_path/, 'PATH_INFO $uri'), 'form', 'wrong', qr/404 of mixspool/, qr/PATH_INFO \$campaign_path;/],
	['nginx', 'no PATH_INFO', without('fastcgi_param PATH_INFO'), 'campaigns', 'wrong', qr/all users land in one/, qr/^fastcgi_param PATH_INFO \$campaign_path;$/],
	['nginx', 'the exact path alone', both(replace(qr/location ~ \S+ \{/, 'location = /mixpanel {'), without('PATH_INFO \$')), 'campaigns', 'wrong', qr/404 of nginx/, qr/^\Q$location\E$/],
	['nginx', 'no limit in its example', without('client_max_body_size'), 'size', 'wrong', qr/2 MiB: 503 of nginx; what passes: 256 KiB/, qr/^client_max_body_size 33m;$/],
	['nginx', 'no page for a 413', without('error_page'), 'large page', 'wrong', qr/413 of nginx, not 503/, qr/^error_page 413 502 504 = \@mixspool_busy;$/],
	['nginx', 'no bodies in chunks', with('if ($http_transfer_encoding) { return 411; }'), 'no length', 'warning', qr/411 of nginx/, qr/^fastcgi_request_buffering on;$/],
	['nginx', 'early answers cut off', with('if ($content_length = 921600) { return 444; }'), 'early answer', 'warning', qr/5 of 5 are lost/, qr/^fastcgi_request_buffering on;$/],
	['nginx', 'no patience', replace(qr/client_body_timeout 30s/, 'client_body_timeout 300ms'), 'slow body', 'wrong', qr/takes 3 seconds: /, qr/^client_body_timeout 30s;$/],
	['nginx', 'GET refused', with('if ($request_method = GET) { return 403; }'), 'GET', 'warning', qr/403 of nginx/, qr/deny/],
	['nginx', 'HEAD without an answer', with('if ($request_method = HEAD) { return 444; }'), 'HEAD', 'warning', qr/no answer/, undef],
	['nginx', 'no health line', with('if ($args ~ health) { return 404; }'), 'health', 'wrong', qr/404 of nginx/, qr/^\Q$location\E$/],
	['nginx', 'a clock that is wrong', with('add_header Date "Thu, 01 Jan 2026 00:00:00 GMT" always;'), 'clock', 'warning', qr/seconds behind/, undef],
	['nginx', 'no TLS', replace(qr/ ssl;/, ';'), 'connection', 'wrong', qr/./, undef],

	['proxy', 'no PATH_INFO', without('proxy-fcgi-pathinfo'), 'campaigns', 'wrong', qr/all users land in one/, qr/proxy-fcgi-pathinfo=unescape$/],
	['proxy', 'the header withheld', without('CGIPassAuth'), 'form', 'wrong', qr/no Authorization header/, qr/^CGIPassAuth On/],
	['proxy', 'another path', replace(qr/ProxyPass "\/mixpanel"/, 'ProxyPass "/mixpane1"'), 'form', 'wrong', qr/404 of Apache/, qr/^ProxyPass "\/mixpanel"/],
	['proxy', 'nobody let in', replace(qr/Require all granted/, 'Require all denied'), 'form', 'wrong', qr/403 of Apache/, qr/^Require all granted$/],
	['proxy', 'no receiver', replace(qr/unix:[^|]+/, 'unix:/nowhere'), 'form', 'wrong', qr/503 of Apache/, qr/^ProxyPass /],
	['proxy', 'a redirect', replace(qr/(?=^\tSSLEngine)/m, "\tRewriteEngine On\n\tRewriteRule ^ https:\/\/www.example.com\/ [R=302,L]\n"), 'redirect', 'wrong', qr/302 of Apache/, qr/without Redirect/],
	['proxy', 'the exact path alone', replace(qr/(?=^\t\tProxyPass)/m, "\t\tProxyPass \"\/mixpanel\/\" \"!\"\n"), 'campaigns', 'wrong', qr/404 of Apache/, qr/^ProxyPass "\/mixpanel"/],
	['proxy', 'no patience', replace(qr/body=10-20,MinRate=50000/, 'body=1,MinRate=5000000'), 'slow body', 'wrong', qr/takes 3 seconds: /, qr/^RequestReadTimeout /],
	['proxy', 'the chain without the intermediate certificate', ['good', 'pem'], 'certificate', 'wrong', qr/intermediate/, qr/^SSLCertificateFile .*fullchain/],
	['fcgid', 'the limit of mod_fcgid', without('FcgidMaxRequestLen'), 'size', 'wrong', qr/256 KiB: 500 of Apache/, qr/^$large/],
	['fcgid', 'LimitRequestBody', replace(qr/(?=^\t\tFcgidMaxRequestLen)/m, "\t\tLimitRequestBody 1000000\n"), 'size', 'wrong', qr/2 MiB: /, qr/^$large/],
	['fcgid', 'the header withheld', without('CGIPassAuth'), 'form', 'wrong', qr/no Authorization header/, qr/^CGIPassAuth On/],
	['cgi', 'a program that does not start', replace(qr/\S+(?=\/mixspool.fcgi"$)/m, "\"$broken"), 'form', 'wrong', qr/500 of Apache/, qr/^Options \+ExecCGI/],
	['cgi', 'the limit of Apache', replace(qr/LimitRequestBody \d+/, 'LimitRequestBody 1000000'), 'size', 'wrong', qr/2 MiB: 503 of Apache/, qr/^LimitRequestBody 34603008/m],
	['cgi', 'no page for a 413', without('ErrorDocument 413'), 'large page', 'wrong', qr/413 of Apache, not 503/, qr/^ErrorDocument 413 /],
	['cgi', 'the header withheld', without('CGIPassAuth'), 'form', 'wrong', qr/no Authorization header/, qr/^CGIPassAuth On/],
	['cgi', 'a program that is not there', replace(qr/mixspool\.fcgi"$/m, 'nothing.fcgi"'), 'form', 'wrong', qr/404 of Apache/, qr/^ProxyPass/],

	['caddy', 'no split', without('split /mixpanel'), 'form', 'wrong', qr/404 of mixspool/, qr/^split \/mixpanel$/],
	['caddy', 'another path, and no 404', both(replace(qr/path \/mixpanel \/mixpanel\/\*/, 'path /mixpane1'), without('respond 404')), 'form', 'wrong', qr/200 of Caddy/, qr/respond 404/],
	['caddy', 'the exact path alone', replace(qr/ \/mixpanel\/\*/, ''), 'campaigns', 'wrong', qr/404 of Caddy/, qr/^\@mixspool path \/mixpanel \/mixpanel\/\*$/],
	['caddy', 'a limit', replace(qr/(?=^\thandle)/m, "\trequest_body {\n\t\tmax_size 1MB\n\t}\n"), 'size', 'wrong', qr/2 MiB: /, qr/max_size 33MiB/],
	['lighttpd', 'a file looked for', both(replace(qr/"disable"/, '"enable"'), without('server.error-handler')), 'form', 'wrong', qr/404 of lighttpd/, qr/"check-local" => "disable"/],
	(map { my ($status, @edits) = @$_; ['lighttpd', 'bodies passed on while they come', both(replace(qr/stream-request-body = 0/, 'stream-request-body = 1'), @edits), 'no length', 'warning', qr/$status/, qr/^server\.stream-request-body = 0$/] }
		[qr/503 of lighttpd/], [qr/411 of lighttpd|no answer/, without('server.error-handler')]),
	['lighttpd', 'a limit', both(replace(qr/max-request-size = 33792/, 'max-request-size = 1000'), without('server.error-handler')), 'size', 'wrong', qr/2 MiB: 413 of lighttpd/, qr/^server\.max-request-size = 33792/],
	['h2o', 'a path in front', replace(qr/^      \/:/m, '      /mixpanel:'), 'form', 'wrong', qr/404 of mixspool/, qr/host name of its own/, '/mixpanel'],
	['h2o', 'a limit', replace(qr/\A/, "limit-request-body: 1000000\n"), 'size', 'wrong', qr/2 MiB: (?:413 of h2o|no answer)/, qr/^limit-request-body: 34603008$/],
	['haproxy', 'the header withheld', without('set-param HTTP_AUTHORIZATION'), 'form', 'wrong', qr/no Authorization header/, qr/^set-param HTTP_AUTHORIZATION %\[req\.hdr\(authorization\)\]$/],
	['haproxy', 'no PATH_INFO', without('path-info'), 'campaigns', 'wrong', qr/all users land in one/, qr/^path-info /],
	(map { my $server = $_; [$server, 'the chain without the intermediate certificate', ['good', 'pem'], 'certificate', 'wrong', qr/intermediate certificate is missing/, $certificate{$server}] } qw(lighttpd caddy h2o haproxy)),
	(map { my $server = $_; [$server, 'a certificate that has expired', ['old', 'chain'], 'certificate', 'wrong', qr/it has expired/, $certificate{$server}] } qw(fcgid caddy h2o haproxy)),
	(map { my $server = $_; [$server, 'a certificate for another host', ['other', 'chain'], 'certificate', 'wrong', qr/it is for another host/, $certificate{$server}] } qw(cgi caddy h2o haproxy)),
	(map { my $server = $_; [$server, 'no receiver', replace(qr/\/run\/mixspool\/mixspool\.sock/, '/nowhere//run/mixspool/mixspool.sock'), 'form', 'wrong', qr/50[023] of /, qr/mixspool\.sock/] } qw(lighttpd caddy h2o haproxy)),
	['caddy', 'a redirect', replace(qr/^\thandle \@mixspool \{\n/m, "\thandle \@mixspool {\n\t\tredir https:\/\/www.example.com\/ 302\n"), 'redirect', 'wrong', qr/302 of Caddy/, qr/without redir/],
	['lighttpd', 'a redirect', replace(qr/"mod_cgi" \)/, "\"mod_cgi\", \"mod_redirect\" )\nurl.redirect = ( \"\" => \"https:\/\/www.example.com\/\" )"), 'redirect', 'wrong', qr/30\d of lighttpd/, qr/without url\.redirect/],
	['h2o', 'a redirect', replace(qr/^ +fastcgi\.connect:\n.*\n.*\n/m, "        redirect: https:\/\/www.example.com\/\n#\/run\/mixspool\/mixspool.sock\n"), 'redirect', 'wrong', qr/30\d of h2o/, qr/in place of redirect/],
	['haproxy', 'a redirect', replace(qr/(?=^\thttp-request deny)/m, "\thttp-request redirect location https:\/\/www.example.com\/ code 302\n"), 'redirect', 'wrong', qr/302 of HAProxy/, qr/without http-request redirect/],
	['h2o', 'no patience', replace(qr/http1-request-timeout: 30/, 'http1-request-timeout: 1'), 'slow body', 'wrong', qr/takes 3 seconds: /, qr/^http1-request-timeout: 30$/],
	['haproxy', 'no patience', replace(qr/timeout client 30s/, 'timeout client 400ms'), 'slow body', 'wrong', qr/takes 3 seconds: /, qr/^timeout client 30s$/],
	['caddy', 'nobody let in', replace(qr/^\thandle \@mixspool \{\n/m, "\thandle \@mixspool {\n\t\trespond 403\n"), 'form', 'wrong', qr/403 of Caddy/, qr/without respond 403/],
	['haproxy', 'nobody let in', replace(qr/(?=^\thttp-request deny)/m, "\thttp-request deny deny_status 403\n"), 'form', 'wrong', qr/403 of HAProxy/, qr/path_reg/],
	['caddy', 'the header withheld', replace(qr/(?=^\t\t\ttransport fastcgi)/m, "\t\t\theader_up -Authorization\n"), 'form', 'wrong', qr/no Authorization header/, qr/without header_up -Authorization/],
	['haproxy', 'another path', replace(qr/\^\/mixpanel\(/, '^/mixpane1('), 'form', 'wrong', qr/404 of HAProxy/, qr/path_reg/],
	['lighttpd', 'another path', replace(qr/\^\/mixpanel/, '^/mixpane1'), 'form', 'wrong', qr/404 of lighttpd/, qr/mixpanel\(/],
	['haproxy', 'a limit', replace(qr/(?=^\thttp-request deny)/m, "\thttp-request deny deny_status 413 if { req.body_size gt 1000000 }\n"), 'large page', 'wrong', qr/(?:413 of HAProxy|no answer: .*), not 503/, qr/deny_status 503/],
	['haproxy', 'the exact path alone', replace(qr/\Q^\/mixpanel(\/.*)?\E/, '^/mixpanel'), 'campaigns', 'wrong', qr/404 of HAProxy/, qr/path_reg/],
);

# Some at a time: each waits for its slow body.
my @running;
my @args = ('--json', '-4', '--cacert', $root, '-u', 'mixspool:s3cret');

sub judge {
	my ($run) = @_;
	my ($server, $what, undef, $check, $result, $says, $line) = @{ $run->{row} };
	my ($status, $object) = findings($run->{doctor});
	my ($finding) = grep { $_->{check} eq $check && $_->{result} eq $result } @{ $object->{findings} };
	my $name = "$server, $what";
	my $fine = like $finding->{text} // '', $says, "$name: $check, $result";
	my $advice = $finding->{advice}[0] // {};
	$fine &= $line ? like($advice->{line} // '', $line, '... the line') : ok($advice->{text}, '... what to do');
	$fine &= is $advice->{file}, $file{$server}, '... the file' if $line;
	my $worst = (grep { $_->{result} eq 'wrong' } @{ $object->{findings} }) ? 2 : 1;
	$fine &= is $status, $worst, '... the exit status';
	unlike slurp($run->{doctor}{out}) . slurp($run->{doctor}{err}), qr/s3cret|hush/, '... and no secret';
	diag explain $object if !$fine;
	stop($run->{server}{pid});
	return;
}

my @started = map { broken_server($_, $receiver, sub {shift}, same => 1) } @servers;
my @doctors = map { see(@args, $_->{url}) } @started;
for my $server (@servers) {
	my $started = shift @started;
	my ($status, $object) = findings(shift @doctors);
	my @found = map { $_->{check} } grep { $_->{result} !~ /ok|skipped/ } @{ $object->{findings} };
	my @expected = @{ $server eq 'haproxy' ? ['no length'] : [] };
	is_deeply \@found, \@expected, "$server: as its example has it" or diag explain $object;
	stop($started->{pid});
}

for my $row (@rows) {
	my ($server, $edit, $suffix) = @$row[0, 2, 7];
	next if !grep { $_ eq $server } @servers;
	my $behind = $row->[3] =~ /size|large/ ? $receiver : $small;
	my $started = broken_server($server, $behind, $edit, modules => ['rewrite']);
	push @running, { row => $row, server => $started, doctor => see(@args, $started->{url} . ($suffix // '')) };
	judge(shift @running) if @running == 12;
}
judge($_) for @running;

# What the command line and the receiver are told.
my $nginx = broken_server('nginx', $small, sub {shift}, same => 1);
my ($host) = $nginx->{url} =~ m{//(.*)};
my $netrc = new_file("machine localhost login mixspool password s3cret\n");
my @without = @args[0 .. 3];
my @cases = (
	['the secret in the URL', qr/^[01]$/, '', "https://mixspool:s3cret\@$host"],
	['the secret as a token', qr/^[01]$/, '', "$nginx->{url}?token=s3cret"],
	['the secret in a file', qr/^[01]$/, '', '--netrc', $netrc, $nginx->{url}],
	['a campaign of the spool', qr/^[01]$/, '', @args[4, 5], "$nginx->{url}/reactivation"],
	['no secret', qr/2/, 'form', $nginx->{url}],
	['another secret', qr/2/, 'form', '-u', 'mixspool:s3cret2', $nginx->{url}],
	['a campaign that is not there', qr/2/, 'form health', @args[4, 5], "$nginx->{url}/reactivati0n"],
	['nobody at the port', qr/2/, 'connection', @args[4, 5], 'https://localhost:' . free_port() . '/mixpanel'],
	['no such host', qr/2/, 'connection', @args[4, 5], 'https://nowhere.invalid/mixpanel'],
);
@doctors = map { see(@without, @$_[3 .. $#$_]) } @cases;
for my $case (@cases) {
	my ($what, $expected, $wrong) = @$case;
	my $doctor = shift @doctors;
	my ($status, $object) = findings($doctor);
	my @wrong = map { $_->{check} } grep { $_->{result} eq 'wrong' } @{ $object->{findings} };
	like $status, $expected, "$what: exit status";
	is "@wrong", $wrong, '... what is wrong' or diag explain $object;
	unlike slurp($doctor->{out}) . slurp($doctor->{err}), qr/s3cret/, '... and no secret';
}

# A certificate that nobody trusts gets no secret.
my ($status, $object) = findings(see('--json', '-4', @args[4, 5], $nginx->{url}));
is $status, 2, 'without the root: exit status';
is_deeply [map {"$_->{check} $_->{result}"} @{ $object->{findings} }[1, 5]],
    ['certificate wrong', 'form skipped'], '... no secret is sent';
($status, $object) = findings(see('--json', '-4', '--insecure', @args[4, 5], $nginx->{url}));
is_deeply [map {"$_->{check} $_->{result}"} @{ $object->{findings} }[1, 5]],
    ['certificate wrong', 'form ok'], '... unless it shall be';

# By IPv6 nobody listens.
($status, $object) = findings(see(grep { $_ ne '-4' } @args, $nginx->{url}));
my ($ipv6) = grep { $_->{check} eq 'IPv6' } @{ $object->{findings} };
like "$ipv6->{result}: $ipv6->{text}", qr/^(?:wrong: .* nobody answers|skipped: .*no route|ok: the host has no)/, 'IPv6';
is $ipv6->{advice}[0]{line}, 'listen [::]:443 ssl;', '... the line' if $ipv6->{result} eq 'wrong';

# For people: a line a check, then the advice.
my ($exit, $out, $errors) = run_to_end(program('mixspool'), 'doctor', '-4', '--cacert', $root, $nginx->{url});
is $exit, 2, 'for people: exit status';
like $out, qr/^ok       connection   nginx answers: Server: nginx.*\n/m, '... a line a check';
like $out, qr/^wrong    form         .*401 of mixspool.*\n {9}\S/m, '... and what to do';
like $out, qr/^skipped  page         the fault above/m, '... and what cannot be checked';
($exit, $out) = run_to_end(program('mixspool'), 'doctor', '-q', '-4', '--cacert', $root, $nginx->{url});
unlike $out, qr/^(?:ok|skipped)/m, '-q: warnings and faults alone';
stop($nginx->{pid});

# Nothing was stored.
is_deeply [map { glob "$_->{spool}/*/new/*" } $receiver, $small], [], 'nothing is stored';

# Without a secret; and http in the open.
my $open = receiver(spool => make_spool('default'));
$nginx = broken_server('nginx', $open, replace(qr/ ssl;/, ';'));
my ($port) = $nginx->{url} =~ /:(\d+)/;
($status, $object) = findings(see('--json', '-4', "http://hooks.localhost:$port/mixpanel"));
my %found = map { ($_->{check} => $_) } @{ $object->{findings} };
is $status, 1, 'no secret: exit status' or diag explain $object;
is $found{secret}{result}, 'warning', '... a warning';
like $found{secret}{advice}[0]{text}, qr{MIXSPOOL_SECRET_FILE=/etc/mixspool/secret}, '... the line';
like $found{certificate}{text}, qr/^http: anybody on the way/, '... and http is one';
($status, $object) = findings(see(@args, "http://localhost:$port/mixpanel"));
%found = map { ($_->{check} => $_) } @{ $object->{findings} };
is $found{secret}{result}, 'wrong', 'a secret that nobody asks for is wrong';
stop($nginx->{pid});
stop($open->{pid});

# A small limit of the receiver's.
my $tiny = receiver(spool => make_spool('default'), env => { MIXSPOOL_MAX_BODY => '1M' });
$nginx = broken_server('nginx', $tiny, sub {shift}, same => 1);
($status, $object) = findings(see('--json', '-4', '--cacert', $root, $nginx->{url}));
%found = map { ($_->{check} => $_) } @{ $object->{findings} };
like $found{size}{text}, qr/mixspool's own limit is 1 MiB/, 'a small limit of the receiver';
is $found{size}{result}, 'warning', '... is a warning';
stop($nginx->{pid});
stop($tiny->{pid});

# The command line.
for my $wrong (['--json', '-q', 'https://localhost/'], ['ftp://localhost/'], ['a', 'b'], ['--timeout', '0', 'x']) {
	is +(run_to_end(program('mixspool-doctor'), @$wrong))[0], 64, "@$wrong: exit status 64";
}
like +(run_to_end(program('mixspool-doctor'), '-h'))[1], qr/^usage: mixspool doctor/, '-h';

stop($_->{pid}) for $receiver, $small;
done_testing;
