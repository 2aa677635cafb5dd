#!/usr/bin/env perl
# A client whose body stops coming, behind each web server from its example: a 503 in
# JSON, or no answer; 500 of mod_fcgid. Mixpanel is not known to send again after a 408.

use strict;
use warnings;
use Doctor;
use Servers;
use Test::More;
use Testbed;
use Watched;

plan skip_all => 'a sanitizer cannot work in the sandbox, and web servers pass on no word'
    if $ENV{SANITIZED};

# A second in place of the patience that each example has, or that its server has without
# one.
my $reqtimeout = [qr/^(\s*)(SSLEngine on)$/m, "\$1\$2\n\$1RequestReadTimeout body=1"];
my %patience = (
	nginx => [qr/client_body_timeout 30s/, 'client_body_timeout 1s'],
	proxy => [qr/body=10-20,MinRate=50000/, 'body=1'],
	fcgid => $reqtimeout,
	cgid => $reqtimeout,
	lighttpd => [qr/^(server\.upload-dirs)/m, "server.max-read-idle = 1\n\$1"],
	h2o => [qr/http1-request-timeout: 30/, 'http1-request-timeout: 1'],
	haproxy => [qr/timeout client 30s/, 'timeout client 1s'],
	uwsgi => [qr/http-timeout = 60/, 'http-timeout = 1'],
	fcgiwrap => [qr/client_body_timeout 30s/, 'client_body_timeout 1s'],
);

# The text with TO, which may have $1 and $2, in place of FROM.
sub put {
	my ($text, $from, $to) = @_;
	my @found = $text =~ $from or die "no $from";
	$to =~ s/\$(\d)/$found[$1 - 1]/g;
	return $text =~ s/$from/$to/r;
}

my $secret = new_file("s3cret\n");
chmod 0640, $secret;
chown 0, scalar(getgrnam 'www-data') // 0, $secret if $> == 0;
chmod 0755, folder();

my %waiting;
for my $name (sort keys %patience) {
	next if $name !~ /^(?:nginx|proxy|fcgid|cgid)$/ && missing_server($name);
	my $spool = make_spool('default');
	my $receiver = receiver(spool => $spool, args => ['-m', '0666'], env => { MIXSPOOL_SECRET_FILE => $secret });
	$receiver->{secret} = $secret;
	my $server = broken_server($name, $receiver, sub { put(shift, @{ $patience{$name} }) });
	my $body = '{"action":"add_members"' . ' ' x 100_000;
	$waiting{$name} = { spool => $spool, server => $server, receiver => $receiver,
		client => begin_post($server->{url}, 's3cret', $body, 50_000) };
}
for my $name (sort keys %waiting) {
	my $one = $waiting{$name};
	my $answer = comes($one->{client}, 30);
	like $answer, $name eq 'fcgid' ? qr{\AHTTP/1\.1 500 }
	    : qr{\A(?:\z|HTTP/1\.1 503 (?:.*\r\n)*content-type: application/json\r\n)}i,
	    "$name: no 408";
	is scalar(lines_in($one->{spool})), 0, '... and nothing is stored';
	end_post($one->{client});
	stop($_->{pid}) for $one->{server}, $one->{receiver};
	stop($one->{server}{behind}) if $one->{server}{behind};
}
done_testing;
