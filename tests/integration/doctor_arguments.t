#!/usr/bin/env perl
# mixspool doctor: what people type in place of what they mean.

use strict;
use warnings;
use Doctor;
use Servers;
use Test::More;
use Testbed;

my $spool = make_spool('default');
my $receiver = receiver(spool => $spool, args => ['-m', '0666']);

# nginx as in its example, by http.
my $nginx = broken_server('nginx', $receiver, sub { shift =~ s/ ssl;/;/gr });
my ($port) = $nginx->{url} =~ /:(\d+)/;

sub results {
	my ($status, $object) = findings(see('--json', @_));
	return map { ($_->{check} => "$_->{result}: $_->{text}") } @{ $object->{findings} };
}

my %found = results("http://127.0.0.1:$port/mixpanel");
is $found{IPv6}, 'skipped: the URL has an IPv4 address in place of a name', 'an address has no name with an IPv6 address';
is $found{certificate}, 'ok: http, within this machine', '... and is that of this machine';
for my $host (qw(localhost.localhost 127.localhost)) {
	%found = results('-4', "http://$host:$port/mixpanel");
	like $found{certificate}, qr/^warning: http: anybody/, "$host is not sure to be this machine";
}

# A secret without a name is not taken for a name without a secret.
my ($status, undef, $errors) = run_to_end(program('mixspool-doctor'), '-u', 's3cret', $nginx->{url});
is $status, 64, '-u without a colon: exit status';
is $errors, "mixspool doctor: -u takes NAME:SECRET, with a colon\n", '... the message, without what may be the secret';

# The secret is not in the list of processes, wherever it was.
for my $way (["http://me:s3cret\@localhost:$port/mixpanel"], ["http://localhost:$port/mixpanel?token=s3cret"],
	['-u', 'me:s3cret', "http://localhost:$port/mixpanel"]) {
	my $doctor = see('-4', @$way);
	my $shown;
	wait_until { ($shown = slurp("/proc/$doctor->{pid}/cmdline")) =~ /mixspool-doctor\0/ && $shown !~ /s3cret/ } 'a hidden secret';
	reap($doctor->{pid}, 60);
	like $shown, qr{\0http://localhost:$port/mixpanel\0}, "ps shows the URL of @$way[0 .. $#$way - 1] alone";
	unlike slurp($doctor->{out}) . slurp($doctor->{err}), qr/s3cret/, '... and no secret is printed';
}

# A URL without its scheme is not a folder to be made.
for my $url ('hooks.example.com/mixpanel', 'mixpanel:s3cret@hooks/mixpanel', 'localhost:8080', 'localhost') {
	my ($status, $out, $errors) = run_to_end(program('mixspool-doctor'), $url);
	is $status, 64, "$url: exit status";
	is $out . $errors, "mixspool doctor: there is no such folder, and a URL begins with https://\n", '... the message';
}
for my $folder ('nowhere', 'lo', './no.where', 'localhosts/a.b') {
	like +(run_to_end(program('mixspool-doctor'), $folder))[1], qr{cannot open \Q$folder\E: No such}, "$folder is a folder";
}

stop($nginx->{pid});
stop($receiver->{pid});
done_testing;
