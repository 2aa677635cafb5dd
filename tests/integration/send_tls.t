#!/usr/bin/env perl
# mixspool send and certificates: which ones are trusted. The machine's own store is
# replaced in a mount namespace.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err);
my $certificate = certificate();
my $secure = recorder({ RECORDER_TLS => $certificate });
my $one = new_file(profile('a', ''));

my $other = folder() . '/other';
system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other "
	. "-addext subjectAltName=DNS:localhost -keyout $other.key -out $other.pem 2>$other.log") == 0
    or die 'no certificate: ', slurp("$other.log");

# The endpoint's certificate is in the system's store, as a bundle and by its hash, or
# in one of them.
sub store {
	my %what = map { $_ => 1 } @_;
	my $store = folder() . '/store.' . join '-', @_;
	mkdir $store or die $!;
	spew("$store/ca-certificates.crt", slurp(($what{bundle} ? $certificate : $other) . '.pem'));
	spew("$store/localhost.pem", slurp("$certificate.pem")) if $what{hash};
	system('openssl', 'rehash', $store) == 0 or die;
	return $store;
}
my @namespace = ('unshare', '-rm', 'sh', '-c',
	'mount --bind "$1" /etc/ssl/certs && shift && exec "$@"', 'sh');
sub run {
	my ($store, $environment, @arguments) = @_;
	my $base = folder() . '/run';
	spew("$base.$_", "") for qw(out err);
	my $pid = spawn([($store ? (@namespace, $store) : ()), program('mixspool-send'), @arguments],
		env => $environment, out => "$base.out", err => "$base.err");
	$status = exit_of(reap($pid));
	$err = slurp("$base.err");
	return $status;
}

SKIP: {
	my $both = store('bundle', 'hash');
	system("@namespace[0, 1] mount --bind $both /etc/ssl/certs 2>/dev/null") == 0
	    or skip 'no mount namespace for a store of our own', 1;
	for my $store ($both, store('bundle'), store('hash')) {
		is run($store, {}, $secure->{url}, $one), 0, 'a certificate of the system: trusted';
		is run($store, {}, '--cacert', "$other.pem", $secure->{url}, $one), 69,
		    '... not with --cacert, which is in place of the system: exit 69';
		like $err, qr/same way: no answer, SSL certificate problem: \S+/, '... with the reason';
		is run($store, {}, '--cacert', "$certificate.pem", $secure->{url}, $one), 0,
		    '... which trusts its own';
		# A proxy of https is held to the same.
		my @proxy = ('--proxy', $secure->{url} =~ s{/hook$}{}r, 'http://example.com/', $one);
		is run($store, {}, @proxy), 0, '... a proxy with a certificate of the system: trusted';
		is run($store, {}, '--cacert', "$other.pem", @proxy), 69, '... not with --cacert';
		is run($store, {}, '--cacert', "$certificate.pem", @proxy), 0, '... which trusts its own';
	}
}

# Variables of other programs add nothing to what is trusted.
for my $variable (
	{ SSL_CERT_FILE => "$certificate.pem" },
	{ SSL_CERT_DIR => store('hash', 'for', 'variable') },
	{ CURL_CA_BUNDLE => "$certificate.pem" },
) {
	my ($name) = keys %$variable;
	is run(undef, $variable, '--cacert', "$other.pem", $secure->{url}, $one), 69,
	    "$name does not count beside --cacert";
	is run(undef, $variable, $secure->{url}, $one), 69, '... nor beside the system';
}

# Several certificates in a file, with text between them, and a chain.
is run(undef, {}, '--cacert', spew(folder() . '/two.pem', "of the endpoint\n" . slurp("$other.pem")
	    . "\n# and\n" . slurp("$certificate.pem")), $secure->{url}, $one), 0,
    'one of several certificates is trusted';

# A certificate that is not trusted will not be after a pause.
my $many = new_file(map { profile($_, '') } 1 .. 120);
is run(undef, {}, '-v', $secure->{url}, $many), 69, 'an unknown certificate: exit 69';
is scalar(() = $err =~ /^mixspool send: POST 1:/mg), 2, '... after one attempt';
like $err, qr/^mixspool send: no POST can get through: nothing more is sent\n.* 120 users left for the next run$/m,
    '... and nothing more is sent';
is run(undef, {}, '--cacert', "$certificate.pem", $secure->{url} =~ s/localhost/127.0.0.1/r, $many), 69,
    'the name of another host: exit 69';
like $err, qr/same way: no answer, SSL: no alternative certificate subject name matches target (?:host name|ipv4 address) '127\.0\.0\.1'$/m,
    '... with the reason';

# A file without certificates is found before anything is sent.
my $plain = recorder();
my $der = folder() . '/der';
system("openssl x509 -in $certificate.pem -outform DER -out $der") == 0 or die;
for my $case (['no certificate', 'text'], ['nothing', ''], ['a key', slurp("$certificate.key")],
	['a certificate in DER', slurp($der)], ['a beginning alone', "-----BEGIN CERTIFICATE-----\nMIIB\n"],
	['an odd certificate', "-----BEGIN CERTIFICATE-----\nfrob\n-----END CERTIFICATE-----\n"]) {
	my ($name, $text) = @$case;
	my $file = spew(folder() . "/bad.pem", $text);
	for my $to ($plain, $secure) {
		my $before = scalar(requests($to));
		my $expected = $name =~ /odd/ ? $to == $plain ? 0 : 69 : 78;
		is run(undef, {}, '--cacert', $file, $to->{url}, $one), $expected, "--cacert has $name: exit $expected";
		like $err, qr/^mixspool send: \Q$file\E has no certificate in PEM$/m, '... with the reason'
		    if $expected == 78;
		is scalar(requests($to)), $before, '... and nothing is sent' if $expected;
	}
}
is run(undef, {}, '--cacert', folder(), $plain->{url}, $one), 71, '--cacert is a folder: exit 71';

done_testing;
