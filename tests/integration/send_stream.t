#!/usr/bin/env perl
# mixspool send --stream and --alert: Mixpanel's other webhooks.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err, $recorder);

sub send_to {
	my (@arguments) = @_;
	($status, $out, $err) = tool('send', '--backoff', 0, $recorder->{url}, @arguments);
	return $status;
}

sub posted { return map { $_->{json} } requests($recorder) }

# Each line is an element, whatever is in it.
$recorder = recorder();
my $events = new_file(qq({"event":"Sign Up","n":1.5}\r\n\n{"\$distinct_id":""}\n), '{}');
is send_to('--stream', $events), 0, '--stream';
is_deeply [posted()], [[{ event => 'Sign Up', n => 1.5 }, { '$distinct_id' => '' }, {}]],
    '... is a list of objects';
is_deeply [map { $_->{headers}{'content-type'} } requests($recorder)], ['application/json'], '... as JSON';
$recorder = recorder();
send_to('--stream', new_file(map {qq({"n":$_}\n)} 1 .. 1001));
is_deeply [map { scalar @$_ } posted()], [500, 500, 1], '500 events a POST';
is_deeply [map { $_->{n} } map {@$_} posted()], [1 .. 1001], '... in their order';
$recorder = recorder();
send_to('--stream', '--where', '.n > 1', new_file(map {qq({"n":$_}\n)} 1 .. 3));
is_deeply [posted()], [[{ n => 2 }, { n => 3 }]], '--where chooses among events, too';
for my $line ('[1]', '"x"', 'x', '{"a":}', '{"a":1}{', '{"a":1}]') {
	$recorder = recorder();
	is send_to('--stream', new_file("$line\n", "{}\n")), 65, "$line is not an event: exit 65";
	is_deeply [posted()], [[{}]], '... and keeps no other one back';
}

# Any 2xx is a success; 401 and 403 end it at once.
for my $code (200, 201, 202, 204) {
	$recorder = recorder($code);
	is send_to('--stream', $events), 0, "$code is a success";
	is scalar(posted()), 1, '... at once';
}
for my $code (400, 404, 408, 422, 429, 500, 503, 'close') {
	$recorder = recorder($code);
	is send_to('--stream', $events), 0, "$code is tried again";
	is scalar(posted()), 2, '... once';
}
for my $code (401, 403) {
	$recorder = recorder($code);
	is send_to('--stream', '--batch', 1, $events), 69, "$code: exit 69";
	is scalar(posted()), 1, '... after one attempt';
	like $err, qr/^mixspool send: no POST can get through: nothing more is sent$/m, '... and nothing more is sent';
}

# An alert has the members that Mixpanel documents, and nobody in it.
$recorder = recorder();
is send_to('--alert'), 0, '--alert';
my ($alert) = posted();
is $alert->{event_type}, 'custom_alert_triggered', '... is an alert';
is_deeply [sort keys %$alert], [qw(alert condition event_type links report)], '... with its parts';
like $alert->{alert}{name}, qr/^\[TEST\] /, '... that says it is a test';
is scalar(posted()), 1, '... once';
$recorder = recorder();
send_to('--alert', '--dry-run');
like $out, qr/^\{"event_type":.*\}\n\z/, 'a dry run prints it';

done_testing;
