#!/usr/bin/env perl
# Bodies without a Content-Length behind the real web servers, from the examples as
# they stand: 200 and all users at every size up to the limit, except where
# docs/troubleshooting.md says that the web server refuses them.

use strict;
use warnings;
use Servers;
use Test::More;
use Testbed;

my $spool = make_spool(qw(default reactivation));
my $receiver = receiver(args => ['-m', '0666'], spool => $spool);
my @sizes = (1000, 31863, 600000, 900000);
my (%body, %lines);
for my $size (@sizes) {
	my @users = map { user("u$_") } 1 .. ($size < 30000 ? 10 : 400);
	my $list = join ',', @users;
	$body{$size} = spew(folder() . "/body$size",
		"users=[$list" . ' ' x ($size - 8 - length $list) . ']');
	$lines{$size} = [map {"$_\n"} @users];
}

# How curl sends a body without a length.
my %modes = (
	'in chunks' => ['--http1.1', '-H', 'Transfer-Encoding: chunked'],
	'by HTTP/2' => ['--http2', '-H', 'Content-Length:'],
);

sub take_lines {
	my @stored = map { lines_in($spool, $_) } qw(default reactivation);
	unlink map { batches_in($spool, $_) } qw(default reactivation);
	return @stored;
}

# REFUSED: by mode and size, or by mode, the status that the web server makes of it.
sub check {
	my ($name, $url, %refused) = @_;
	for my $mode (sort keys %modes) {
		my @how = @{ $modes{$mode} };
		@how = map { s/^--http2$/--http2-prior-knowledge/r } @how if $url =~ /^http:/;
		for my $size (@sizes) {
			my $status = $refused{"$mode $size"} // $refused{$mode} // qr/^200$/;
			my $path = $size == 1000 ? '/reactivation' : '';
			my $answer = curl("$url$path", '-s', @how, '--data-binary', "\@$body{$size}");
			my @stored = take_lines();
			like $answer->{status}, $status, "$name: $size bytes $mode"
			    or diag $answer->{text};
			is_deeply \@stored, $answer->{status} eq 200 ? $lines{$size} : [],
			    '... ' . @stored . ' users';
		}
	}
	return;
}

# Clients that wait for no answer until their body is sent get one that came early.
# HTTP/2 must not lose it.
sub check_early {
	my ($name, $url, $size) = @_;
	$size //= 600000;
	my @statuses = map { curl("$url/none", '-s', '--http2', '--data-binary', "\@$body{900000}")->{status} } 1 .. 10;
	is_deeply \@statuses, [(404) x 10], "$name: early answers to 900,000 bytes by HTTP/2 arrive";
	@statuses = map { curl("$url/none", '-s', @{ $modes{$_} }, '--data-binary', "\@$body{$size}")->{status} }
	    ('in chunks') x 5;
	is_deeply \@statuses, [(404) x 5], "... and to $size bytes in chunks";
	return;
}

sub check_head {
	my ($name, $url) = @_;
	my $answer = curl($url, '-s', '-I', '--http1.1');
	is "$answer->{status} $answer->{exit}", '405 0', "$name: HEAD";
	return;
}

sub with_h2 { return shift =~ s/^(\s*)SSLEngine on$/$1SSLEngine on\n$1Protocols h2 http\/1.1/mr }

# nginx
for my $buffering ('on', 'off') {
	my $nginx = nginx($receiver->{socket}, edit => sub {
		return shift =~ s/ssl;/ssl http2;/r =~ s/fastcgi_request_buffering on/fastcgi_request_buffering $buffering/r;
	});
	check("nginx, buffering $buffering", $nginx->{url});
	check_early("nginx, buffering $buffering", $nginx->{url});
	check_head('nginx', $nginx->{url});
	stop($nginx->{pid});
}

# Apache
my %apache = (
	'mod_proxy_fcgi' => ['proxy'], 'mod_proxy_fcgi, with proxy-sendcl' => ['proxy', 1],
	'mod_fcgid' => ['fcgid'], 'mod_cgid' => ['cgid'], 'mod_cgi' => ['cgi'],
);
for my $name (sort keys %apache) {
	my ($way, $counts) = @{ $apache{$name} };
	my $apache = apache($way, undef, modules => ['http2'], site => sub {
		my $text = with_h2(Testbed::example('apache-example.conf', shift, {
			'/run/mixspool/mixspool.sock' => $receiver->{socket},
			'/usr/local/sbin' => programs_for_all(), '/var/spool/mixspool' => $spool }));
		$text =~ s/^(\s*)#(SetEnvIf.*proxy-sendcl)/$1$2/m or die 'no proxy-sendcl' if $counts;
		return $text;
	});
	check($name, $apache->{url}, $way eq 'fcgid' ? ('by HTTP/2' => qr/^(?:400|500)$/) : ());
	like curl($apache->{url}, '-s', @{ $modes{'by HTTP/2'} }, '--data-binary', "\@$body{1000}")->{text},
	    qr/^the body has 0 bytes, its Content-Length says |500 Internal Server Error/,
	    '... since there is no body to pass, as mixspool or Apache says'
	    if $way eq 'fcgid';
	check_early($name, $apache->{url});
	check_head($name, $apache->{url});
	stop($apache->{pid});
}

# The others
# lighttpd 1.4.69 of Debian 12 wants a length, 1.4.79 of Debian 13 does not.
my ($lighttpd) = (missing_server('lighttpd') ? '' : `/usr/sbin/lighttpd -v`) =~ m{lighttpd/1\.4\.(\d+)};
my %refused = (
	lighttpd => ($lighttpd // 0) < 79 ? { 'by HTTP/2' => qr/^(?:411|0)/ } : {},
	haproxy => { map { ("$_ 600000" => qr/^(?:503|0)/, "$_ 900000" => qr/^(?:503|0)/) } keys %modes },
);
for my $name (qw(caddy lighttpd h2o haproxy)) {
	SKIP: {
		my $why = missing_server($name);
		skip $why, 1 if $why;
		my $server = start_server($name, $receiver);
		check($name, $server->{url}, %{ $refused{$name} // {} });
		check_early($name, $server->{url}, $name eq 'haproxy' ? 31863 : ()) if $server->{url} =~ /^https/;
		check_head($name, $server->{url});
		stop($server->{pid});
	}
}

# lighttpd that passes a body on while it arrives has a 411 of its own, and its example
# makes a 503 of it.
SKIP: {
	my $why = missing_server('lighttpd');
	skip $why, 1 if $why;
	for my $stream (1, 2) {
		my $server = start_server('lighttpd', $receiver,
			sub { return shift =~ s/(stream-request-body = )0/$1$stream/r });
		my $answer = curl($server->{url}, '-s', @{ $modes{'in chunks'} }, '--data-binary', "\@$body{600000}");
		is $answer->{status}, 503, "lighttpd, stream-request-body $stream: 503";
		like $answer->{text}, qr/lighttpd could not hand the request/, '... of its own';
		is scalar(take_lines()), 0, '... nothing is stored';
		stop($server->{pid});
	}
}
stop($receiver->{pid});

done_testing;
