#!/usr/bin/perl
# The receiver in Perl, on FastCGI, 16 processes that are always there, as many as
# mixspool has threads. OUTPUT is the file that the users go to; FDATASYNC=1: they
# are on disk before the answer.
use strict;
use warnings;
use FCGI;
use File::Sync qw(fdatasync);
use JSON::XS;
use URL::Encode qw(url_params_mixed);

my $json = JSON::XS->new->utf8;

# What to answer: the status and a line.
sub receive {
	my ($body, $file) = @_;
	my $users = eval { $json->decode(url_params_mixed($body)->{users}) };
	return ('400 Bad Request', 'users is not a JSON list')
	    if ref $users ne 'ARRAY';
	return ('400 Bad Request', 'a user has no $distinct_id')
	    if grep { ref ne 'HASH' || !exists $_->{'$distinct_id'} } @$users;
	my $lines = join '', map { $json->encode($_) . "\n" } @$users;
	# One write a request: appended as a whole.
	return ('503 Service Unavailable', 'not stored')
	    if (syswrite($file, $lines) // 0) != length $lines
	    || $ENV{FDATASYNC} && !fdatasync($file);
	return ('200 OK', 'stored ' . @$users . ' users');
}

my $socket = FCGI::OpenSocket($ENV{SOCKET}, 1024);
for (2 .. 16) {
	last unless fork // die "fork: $!";
}
open my $file, '>>', $ENV{OUTPUT} or die "$ENV{OUTPUT}: $!";
my %variables;
my $request = FCGI::Request(\*STDIN, \*STDOUT, \*STDERR, \%variables, $socket,
	FCGI::FAIL_ACCEPT_ON_INTR);
while ($request->Accept >= 0) {
	read STDIN, my $body, $variables{CONTENT_LENGTH};
	my ($status, $line) = receive($body, $file);
	print "Status: $status\r\nContent-Type: text/plain\r\n\r\n$line\n";
}
