#!/usr/bin/env perl
# mixspool send as a rehearsal: invented profiles, faults on purpose, rate and
# parallel POSTs; and the way to an endpoint: TLS, passwords, proxies.

use strict;
use warnings;
use Encode qw(decode_utf8);
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my ($status, $out, $err);
my $recorder;

sub send_to {
	my ($url, @arguments) = @_;
	($status, $out, $err) = tool('send', @arguments, $url);
	return $status;
}

# Samples.
send_to('http://example.com', '-n', '--sample', 2000);
my @sample = split /^/m, $out;
is scalar(@sample), 2000, '--sample 2000 makes 2000 profiles';
my @profiles = map { eval { decode_json($_) } // {} } @sample;
is scalar(grep { join(',', sort keys %$_) eq '$distinct_id,$properties' }
	@profiles), 2000, '... of two members each';
is scalar(keys %{ { map { $_->{'$distinct_id'} => 1 } @profiles } }), 2000,
    '... of 2000 people';
is scalar(grep { $_->{'$properties'}{'$email'} !~ /\@example\.com\z/ }
	@profiles), 0, '... all at example.com';
my $text = decode_utf8($out);
for my $script (qw(Latin Greek Cyrillic Hebrew Arabic Devanagari Thai Han
	Hiragana Katakana Hangul)) {
	like $text, qr/\p{$script}/, "... with some $script";
}
like $text, qr/[\x{10000}-\x{10ffff}]/, '... beyond 16 bits';
like $text, qr/"\$name":"\S+ \S/, '... with spaces in names';
like $text, qr/\[\"nested\",\[/, '... and lists in lists';
my %seen = map { my $p = $_; map { $_ => ref \$p->{$_} eq 'REF'
	    ? ref $p->{$_} : 'plain' } keys %$p } map { $_->{'$properties'} }
    @profiles;
is $seen{Tags}, 'ARRAY', '... that are lists';
my $first = $out;
send_to('http://example.com', '-n', '--sample', 2000);
is $out, $first, 'the same seed makes the same people';
send_to('http://example.com', '-n', '--sample', 2000, '--seed', 2);
my %other = map { /"\$distinct_id":"(\w+)"/ ? ($1 => 1) : () } split /^/m, $out;
is scalar(grep { $other{ $_->{'$distinct_id'} } } @profiles), 0,
    '... and another seed others';
send_to('http://example.com', '-n', '--sample', 5, '--where', '."$properties"."Last login" < (now | todate)');
is scalar(@{ [$out =~ /\n/g] }), 5, 'dates are in the past';

# Repeated.
$recorder = recorder();
is send_to($recorder->{url}, '--sample', 3, '--repeat', 4), 0, '--repeat 4';
my @ids = map {"@$_"} posted_ids($recorder);
is scalar(@ids), 4, '... sends four POSTs';
is scalar(keys %{ { map { $_ => 1 } @ids } }), 1, '... of the same users';

# Faults.
sub counts {
	my $summary = decode_json($out);
	return join ' ', map {"$_ $summary->{$_}"} @_;
}

$recorder = recorder();
is send_to($recorder->{url}, qw(--json --sample 100 --drop-answers 100%
	--retries 1 --backoff 0)), 75, 'all answers dropped: exit 75';
is counts(qw(delivered left attempts answers_dropped)),
    'delivered 0 left 100 attempts 4 answers_dropped 4', '... none is delivered';
wait_until { scalar(requests($recorder)) == 4 } 'the endpoint';
is scalar(grep { $_->{complete} } requests($recorder)), 4,
    '... though the endpoint got all of them whole';

$recorder = recorder();
is send_to($recorder->{url}, qw(--json --sample 100 --cut-bodies 100%
	--retries 1 --backoff 0)), 75, 'all bodies cut: exit 75';
is counts(qw(delivered left attempts bodies_cut)),
    'delivered 0 left 100 attempts 4 bodies_cut 4', '... none is delivered';
wait_until { scalar(requests($recorder)) == 4 } 'the endpoint';
is scalar(grep { !$_->{complete} && $_->{size} > 10000 } requests($recorder)), 4,
    '... and the endpoint got only a part of each';

$recorder = recorder();
is send_to($recorder->{url}, qw(--json --sample 100 --duplicate 100%)), 0,
    'all sent twice: exit 0';
is counts(qw(delivered left posts attempts duplicates)),
    'delivered 100 left 0 posts 2 attempts 4 duplicates 2', '... delivered once';
my %times;
$times{"@$_"}++ for posted_ids($recorder);
is_deeply [sort values %times], [2, 2], '... though the endpoint got each twice';

# Faults on purpose do not mean that the endpoint is down.
$recorder = recorder();
send_to($recorder->{url}, qw(--json --sample 500 --drop-answers 100% --retries 0));
is counts(qw(delivered left attempts)), 'delivered 0 left 500 attempts 10',
    'faults on purpose do not count as an endpoint that is down';

# Which attempts fail depends on the seed, not on timing.
sub outcomes {
	my @more = @_;
	my $recorder = recorder();
	send_to($recorder->{url}, qw(-v -q --sample 1000 --batch 10 --drop-answers
		20% --cut-bodies 20% --duplicate 20% --backoff 0), @more);
	return join '', sort map {"$_\n"}
	    $err =~ /^mixspool send: (POST [^;]*);/mg;
}
my $alone = outcomes();
like $alone, qr/$_/, "... with some '$_'"
    for 'dropped', 'cut off', 'once more';
is outcomes('-j', 8), $alone, 'the same seed brings the same faults';
isnt outcomes('--seed', 2), $alone, '... another seed others';

# Rate: the second POST is an hour away.
$recorder = recorder();
my $paced = spawn([program('mixspool'), qw(send --sample 100 --rate 1/h),
		$recorder->{url}], out => folder() . '/paced', err => '/dev/null');
wait_until { scalar(requests($recorder)) == 1 } 'the first POST';
is exit_of(stop($paced)), 75, '--rate 1/h: the second POST waits';
like slurp(folder() . '/paced'), qr/^50 users delivered in 1 POST, 50 left$/m,
    '... and was not sent';
$recorder = recorder();
is send_to($recorder->{url}, qw(--sample 20 --batch 1 --rate 1000/s)), 0,
    'a rate that is not reached delays nothing';
is scalar(requests($recorder)), 20, '... all were sent';

# Parallel: the endpoint answers when it has eight POSTs at a time.
$recorder = recorder(('together:8') x 8);
is send_to($recorder->{url}, qw(--sample 400 -j 8 --retries 0)), 0,
    '--parallel 8: eight are in flight';
$recorder = recorder(('together:2') x 2);
is send_to($recorder->{url}, qw(--sample 100 --retries 0 --timeout 1)), 75,
    '... without it, one is';

# TLS, passwords, proxies.
my $certificate = certificate();
my $secure = recorder({ RECORDER_TLS => $certificate });
is send_to($secure->{url}, '--sample', 1), 69,
    'https with an unknown certificate: exit 69';
like $err, qr/certificate/i, '... with the reason';
is send_to($secure->{url}, '--sample', 1, '--cacert', "$certificate.pem"), 0,
    '... --cacert trusts it';
is send_to($secure->{url}, '--sample', 1, '--insecure'), 0,
    '... --insecure does not ask';
(my $unnamed = $secure->{url}) =~ s/localhost/127.0.0.1/;
is send_to($unnamed, '--sample', 1, '--retries', 0, '--cacert',
	"$certificate.pem"), 69, '... which is not for another name';

sub authorizations {
	return map { $_->{headers}{authorization} // 'none' } requests($recorder);
}
my $basic = 'Basic YW5uYTpzZTpjcmV0';	# anna:se:cret
my $netrc = spew(folder() . '/netrc', "machine localhost login anna password se:cret\n");
$recorder = recorder();
send_to($recorder->{url}, '--sample', 1, @$_)
    for [], ['-u', 'anna:se:cret'], ['--user=anna:se:cret'], ['--netrc', $netrc];
send_to($recorder->{url} =~ s{//}{//anna:se%3Acret@}r, '--sample', 1);
is_deeply [authorizations()], ['none', ($basic) x 4],
    'HTTP Basic: by -u, --user, --netrc and the URL';
$recorder = recorder(('together:2') x 2);
my $seen = spawn([program('mixspool'), 'send', '-u', 'anna:se:cret', '--sample', 1,
		$recorder->{url}], out => '/dev/null');
wait_until { scalar(requests($recorder)) == 1 } 'the POST';
unlike slurp("/proc/$seen/cmdline"), qr/cret/, '... and ps shows no password';
send_to($recorder->{url}, '--sample', 1);
reap($seen);

$recorder = recorder();
my $proxy = "http://localhost:$recorder->{port}";
is send_to('http://hooks.example.com/mixpanel', '--sample', 1, '--proxy', $proxy),
    0, '--proxy';
is +(tool({ http_proxy => $proxy }, 'send', '--sample', 1,
	'http://hooks.example.com/mixpanel'))[0], 0, '... or http_proxy';
is_deeply [map { $_->{path} } requests($recorder)],
    [('http://hooks.example.com/mixpanel') x 2], '... are asked';

# Memory does not grow with the profiles.
sub peak_kib {
	return slurp("/proc/$_[0]/status") =~ /^VmHWM:\s+(\d+) kB/m ? $1 : die;
}
# The first four POSTs, which is as many as may be in flight, pause for a second
# attempt: so the buffers of all eight are in use at once.
$recorder = recorder({ RECORDER_BRIEF => 1 }, ('500') x 4);
my $fifo = folder() . '/profiles';
system('mkfifo', $fifo) == 0 or die;
my $eater = spawn([program('mixspool'), 'send', '-j', 4, '--backoff', 5, '--campaign', 'c',
		'--state', folder() . '/memory.db', '--batch', 1000, '--where',
		'."$properties".x', $recorder->{url}, $fifo], out => '/dev/null');
open my $feed, '>', $fifo or die;
$feed->autoflush;
my $fed = 0;
sub feed {
	my $posts = shift;
	my $until = $posts * 1000;
	while ($fed < $until) {
		print $feed map { profile("user$_", qq("x":true,"text":"@{['x' x 200]}")) }
		    $fed + 1 .. $fed + 1000;
		$fed += 1000;
	}
	wait_until { scalar(requests($recorder)) >= $posts + 4 } "$posts POSTs", 120;
	return peak_kib($eater);
}
my $few = feed(60);
my $more = feed(600);
cmp_ok $more - $few, '<', 2048, "ten times the profiles: $few and $more KiB";
close $feed;
is reap($eater), 0, '... all are sent';

done_testing;
