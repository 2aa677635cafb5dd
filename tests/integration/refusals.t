#!/usr/bin/env perl
# Where a refused request is seen: in the web server's error log, and in mixspool's
# own where the settings ask for it, or where the web server would log a secret.

use strict;
use warnings;
use File::Basename qw(dirname);
use Servers;
use Test::More;
use Testbed;

my $secret = spew(folder() . '/secret', "correct-horse\n");
chmod 0640, $secret;
my $body = form('[' . user('anna') . ']');

sub own_lines {
	my $receiver = shift;
	return slurp($receiver->{log}) =~ /^mixspool\.fcgi: (\d.*)\n/mg;
}

# Asked for by an option or by the environment, each refusal is one line.
my %refused = (
	404 => [$body, { PATH_INFO => '/none' }, qr/404, campaign none, \d+ bytes: there is no campaign none: .*/],
	405 => [$body, { REQUEST_METHOD => 'PUT' }, qr/405, campaign unknown, \d+ bytes: mixspool listens here .*/],
	413 => ['x', { CONTENT_LENGTH => 40000000 }, qr/413, campaign default, 40000000 bytes: the body is over .*/],
	415 => [$body, { CONTENT_TYPE => 'text/plain' }, qr/415, campaign default, \d+ bytes: the Content-Type must .*/],
	400 => ["$body&$body", {}, qr/400, campaign default, \d+ bytes: the form has the field .*/],
);
for my $asked ({ args => ['-v'] }, { env => { MIXSPOOL_LOG => 'stderr' } }, { args => ['-v'], any => 1 }) {
	my $receiver = receiver(%$asked);
	wait_until { slurp($receiver->{log}) =~ /: ready: / } 'its start';
	my $name = $asked->{args} ? "@{$asked->{args}}" . ($asked->{any} ? ', as mod_fcgid starts it' : '') : 'MIXSPOOL_LOG';
	my %site = $asked->{any} ? (MIXSPOOL_DIR => $receiver->{spool}) : ();
	for my $status (sort keys %refused) {
		my ($form, $variables, $line) = @{ $refused{$status} };
		spew($receiver->{log}, '');
		my $answer = fastcgi($receiver->{socket}, $form, { %site, %$variables });
		is $answer->{status}, $status, "$name: $status";
		like $answer->{log}, qr/\Amixspool: $line\n\z/, '... the web server has a line';
		wait_until { own_lines($receiver) } 'the line';
		my @own = own_lines($receiver);
		is scalar(@own), 1, '... and mixspool one';
		like $own[0], qr/\A$line\z/, '... the same';
		unlike slurp($receiver->{log}), qr/anna|example\.com/, '... without personal data';
	}
	spew($receiver->{log}, '');
	is fastcgi($receiver->{socket}, $body, { %site })->{status}, 200, "$name: 200";
	stop($receiver->{pid});
	is slurp($receiver->{log}), '', '... is no line';
}

# Not asked for: the web server's log alone has it.
my $receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $secret });
wait_until { slurp($receiver->{log}) =~ /: ready: / } 'its start';
sub ask {
	my (%variables) = @_;
	spew($receiver->{log}, '');
	my $answer = fastcgi($receiver->{socket}, $body, \%variables);
	my $mark = fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'PUT' });
	return ($answer, own_lines($receiver));
}
my ($answer, @own) = ask();
like $answer->{log}, qr/^mixspool: 401, .*no Authorization header arrived/, 'not asked for: the web server has the line';
is_deeply \@own, [], '... and nobody else';

# nginx and h2o log the URL's query beside the line, and its secret with it.
for my $software ('nginx/1.22.1', 'h2o/2.2.5', 'openresty/1.21.4', 'Angie/1.5') {
	for my $query ('token=wrong', 'tokn=correct-horse', 'tokens', '%74oken=wrong') {
		($answer, @own) = ask(SERVER_SOFTWARE => $software, QUERY_STRING => $query);
		is "$answer->{status} $answer->{log}", '401 ', "$software, ?$query: no line for the web server";
		is scalar(@own), 1, '... mixspool has it';
		like $own[0], qr/^401, campaign unknown, \d+ bytes: /, '... all of it';
		unlike $own[0], qr/\Q$query\E|horse/, '... without the query';
	}
	($answer, @own) = ask(SERVER_SOFTWARE => $software, QUERY_STRING => '');
	like $answer->{log}, qr/^mixspool: 401/, "$software, no query: the web server has the line";
	is_deeply \@own, [], '... alone';
}
for my $software ('Apache/2.4.62 (Debian)', 'lighttpd/1.4.69', undef) {
	($answer, @own) = ask(SERVER_SOFTWARE => $software, QUERY_STRING => 'token=wrong');
	like $answer->{log}, qr/^mixspool: 401/, ($software // 'unknown') . ', ?token=: the web server has the line';
	is_deeply \@own, [], '... alone';
}
is fastcgi($receiver->{socket}, $body, { SERVER_SOFTWARE => 'nginx/1.22.1',
		QUERY_STRING => 'token=correct-horse' })->{status}, 200, 'the right token';
stop($receiver->{pid});

# A flood writes a part of its lines, and then how many there were more.
$receiver = receiver(args => ['-v', '-j', '4']);
for my $client (1 .. 4) {
	spawn(['perl', '-I', top() . '/tests/lib', '-MTestbed', '-e',
		'fastcgi($ARGV[0], "", { REQUEST_METHOD => "PUT" }) for 1 .. 500', $receiver->{socket}]);
}
my $counted;
wait_until {
	my @lines = own_lines($receiver);
	my ($written, $more) = (scalar(grep {/^405/} @lines), 0);
	$more += $_ for map { /^(\d+) more requests were refused$/ } @lines;
	$counted = "$written $more";
	$written + $more == 2000;
} 'all of a flood to be written or counted';
my ($written, $more) = split ' ', $counted;
ok $more > 0, "a flood: $written lines, and $more counted";
stop($receiver->{pid});

# A log that nobody reads holds up nothing.
pipe my $unread, my $full or die $!;
{
	open my $old, '>&', \*STDERR or die $!;
	open STDERR, '>&', $full or die $!;
	$receiver = { spool => make_spool('default'), socket => folder() . '/full.sock' };
	$receiver->{pid} = spawn([program(), '-v', '-s', $receiver->{socket}, '-d', $receiver->{spool}]);
	open STDERR, '>&', $old or die $!;
}
close $full;
wait_until { fastcgi_connect($receiver->{socket}) } 'the receiver';
is_deeply [grep { $_ != 405 } map { fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'PUT' })->{status} } 1 .. 1500],
    [], 'a log that nobody reads: all are answered';
is fastcgi($receiver->{socket}, $body)->{status}, 200, '... also with 200';
stop($receiver->{pid});

# By CGI standard error is the web server's.
my $spool = make_spool('default');
my %settings = (MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $secret);
for my $case (['Apache', 'token=x', 1], ['nginx/1.22.1', 'token=x', 0], ['nginx/1.22.1', '', 1], ['h2o/2.2.5', 'token=x', 0]) {
	my ($software, $query, $lines) = @$case;
	for my $log (undef, 'stderr') {
		my $answer = cgi({ %settings, MIXSPOOL_LOG => $log }, $body,
			{ SERVER_SOFTWARE => $software, QUERY_STRING => $query });
		is $answer->{status}, 401, "CGI, $software, ?$query: 401";
		is scalar(() = $answer->{log} =~ /^mixspool: 401, .*\n/mg), $lines, "... lines in the web server's log: $lines";
		is scalar(() = $answer->{log} =~ /\n/g), $lines, '... and no other';
	}
}
like cgi({ %settings, MIXSPOOL_LOG => 'syslog' }, $body, {})->{text},
    qr/^MIXSPOOL_LOG is 'syslog': it takes stderr, or is not set$/, 'a wrong MIXSPOOL_LOG';
my ($status, undef, $error) = run_to_end(program(), { MIXSPOOL_LOG => 'yes' }, '-s', folder() . '/x.sock', '-d', $spool);
is $status, 64, '... stops the start';
like $error, qr/^mixspool\.fcgi: MIXSPOOL_LOG is 'yes': /, '... which says why';

# Behind a real nginx a token stands in no log, as long as nginx itself has no error.
$receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $secret }, args => ['-m', '0666']);
my $nginx = nginx($receiver->{socket}, edit => sub { $_[0] =~ s/#(?=access_log off)//r });
for my $query ('token=wrong-horse', 'token=correct-horse&x', 'tokn=correct-horse') {
	for my $path ('', '/none') {
		curl("$nginx->{url}$path?$query", '--data-binary', $body);
		curl("$nginx->{url}$path?$query", '-X', 'DELETE');
		curl("$nginx->{url}$path?$query", '-H', 'Content-Type: x/y', '--data-binary', $body);
	}
}
is curl("$nginx->{url}?token=correct-horse", '--data-binary', $body)->{status}, 200, 'nginx: a right token';
is curl("$nginx->{url}?token=wrong", '--data-binary', $body)->{status}, 401, '... and a wrong one';
is curl($nginx->{url}, '-u', 'a:b', '--data-binary', $body)->{status}, 401, '... and a wrong password';
unlike join('', map { slurp($_) } $receiver->{log}, grep {-f} glob dirname($nginx->{log}) . '/*.log'),
    qr/horse|token=/, '... in no log a token';
is scalar(() = slurp($nginx->{log}) =~ /mixspool: 401/g), 1, '... nginx has the line about the password';
like slurp($receiver->{log}), qr/^mixspool\.fcgi: 404, campaign none, /m, '... and mixspool those about tokens';
stop($nginx->{pid});
stop($receiver->{pid});

# Behind the real others: the password comes through, the hint is the server's own,
# and the line is seen.
$receiver = receiver(env => { MIXSPOOL_SECRET_FILE => $secret, MIXSPOOL_LOG => 'stderr' }, args => ['-m', '0666']);
my %hint = (
	nginx => qr/\(nginx hands the header on: /, apache => qr/\(Apache hands the header on with CGIPassAuth On\)/,
	caddy => qr/\(Caddy hands the header on: /, lighttpd => qr/\(lighttpd hands the header on: /,
	h2o => qr/\(h2o hands the header on with fastcgi.connect /,
	haproxy => qr/\(HAProxy hands the header on with set-param /,
);
for my $name (sort keys %hint) {
	SKIP: {
		my $why = $name =~ /^(?:nginx|apache)$/ ? undef : missing_server($name);
		skip $why, 1 if $why;
		my $server = $name eq 'nginx' ? nginx($receiver->{socket})
		    : $name eq 'apache' ? apache('proxy', { '/run/mixspool/mixspool.sock' => $receiver->{socket} })
		    : start_server($name, $receiver);
		is curl($server->{url}, '-u', 'mixpanel:correct-horse', '--data-binary', $body)->{status}, 200,
		    "$name: the password comes through";
		is curl("$server->{url}?token=correct-horse", '--data-binary', $body)->{status}, 200, '... so does the token';
		like curl($server->{url}, '--data-binary', $body)->{text}, $hint{$name}, '... the hint of a 401';
		spew($receiver->{log}, '');
		is curl("$server->{url}/none", '-u', 'mixpanel:correct-horse', '--data-binary', $body)->{status}, 404,
		    '... another campaign';
		wait_until { own_lines($receiver) } 'the line';
		like join('', own_lines($receiver)), qr/^404, campaign none, \d+ bytes: .* the path is "\/none"/,
		    '... is a line of mixspool';
		# Caddy alone drops what a program reports.
		my $logged = eval { wait_until { slurp($server->{log}) =~ /mixspool: 404, campaign none/ } 'a line', 5 } ? 1 : 0
		    if $name ne 'caddy';
		is $logged, 1, "... and of $name" if $name ne 'caddy';
		stop($server->{pid});
	}
}
stop($receiver->{pid});

# Without `split`, Caddy passes the path of the mount as well, and the answer shows it.
SKIP: {
	my $why = missing_server('caddy');
	skip $why, 1 if $why;
	my $open = receiver(args => ['-m', '0666']);
	my $server = start_server('caddy', $open, sub { return shift =~ s/^\s*split .*\n//mr });
	my $answer = curl($server->{url}, '--data-binary', $body);
	is "$answer->{status} $answer->{text}", "404 there is no campaign mixpanel: the path is \"/mixpanel\", and the spool has no folder for it\n",
	    'Caddy without split: the path that came';
	stop($server->{pid});
	stop($open->{pid});
}

done_testing;
