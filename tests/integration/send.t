#!/usr/bin/env perl
# mixspool send against an endpoint that is not ours: who is sent, in which POSTs,
# what counts as delivered, and what is reported.

use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use Test::More;
use Testbed;

my ($status, $out, $err);

sub refused {
	my ($expected, $pattern, $name, @arguments) = @_;
	($status, $out, $err) = tool('send', @arguments);
	is $status, $expected, "$name: exit $expected";
	like $err, $pattern, '... with the reason';
	is $out, '', '... and without output';
	return;
}

# Batches.
my $recorder = recorder();
my $many = new_file(map { profile($_, '"n":1') } 1 .. 120);
($status, $out, $err) = tool('send', $recorder->{url}, $many);
is_deeply [$status, $err], [0, ''], '120 profiles: exit 0, no complaint';
my @requests = requests($recorder);
is_deeply [map { scalar @$_ } posted_ids($recorder)], [50, 50, 20],
    '... are POSTs of 50, 50 and 20';
is_deeply [map {@$_} posted_ids($recorder)], [1 .. 120], '... in their order';
is_deeply [map { join ' ', @$_{qw(method path)} } @requests],
    [('POST /hook') x 3], '... to the path of the URL';
is_deeply [map { $_->{headers}{'content-type'} } @requests],
    [('application/x-www-form-urlencoded') x 3], '... as a form';
is_deeply [map { join ',', keys %{ $_->{fields} } } @requests],
    [('users') x 3], '... with one field';
ok !(grep { $_->{headers}{expect} } @requests), '... that asks no leave first';
is scalar(keys %{ { map { $_->{client} => 1 } @requests } }), 1,
    '... on one connection';
like $out, qr/^120 profiles, 120 matched\n120 users delivered in 3 POSTs, 0 left\nanswers: 3 with 200\n/,
    '... and the summary says so';

$recorder = recorder();
tool('send', '--batch', 7, $recorder->{url}, new_file(map { profile($_, '') } 1 .. 15));
is_deeply [map { scalar @$_ } posted_ids($recorder)], [7, 7, 1], '--batch 7';

# Any profile is encoded rightly, and arrives byte for byte.
my @awkward = (
	'{"$distinct_id":"a b+c&d=e%20f;g","$properties":{"x":"' . join('',
		map {chr} grep { $_ != 0x22 && $_ != 0x5c } 0x20 .. 0x7f) . '"}}',
	'{"$distinct_id":"' . join('', map {chr} 0x80 .. 0x17f)
	    . '","$properties":{"€":"\u20ac\ud83d\ude00\u0000","😀":"𠮷 𝄞"}}',
	'{"$properties" : {"n":[1.10,1e400,-0,12345678901234567890123]}'
	    . ",\t\"\$distinct_id\": 12345678901234567890}",
);
$recorder = recorder();
($status, $out, $err) = tool('send', $recorder->{url},
	new_file(encode_utf8(join "\r\n", @awkward)));
is_deeply [$status, $err], [0, ''], 'awkward profiles are sent';
is +(requests($recorder))[0]{fields}{users}[0], '[' . join(',', @awkward) . ']',
    '... and arrive as they were';

# Where profiles come from.
$recorder = recorder();
my $bom = "\xef\xbb\xbf";
($status, $out, $err) = tool('send', $recorder->{url},
	new_file($bom, profile('a', ''), "\n\r\n", profile('b', '')),
	new_file("  " . profile('c', '') =~ s/\n/ \r\n/r), new_file(''),
	new_file(profile('d', '') =~ s/\n//r));
is_deeply [posted_ids($recorder)], [[qw(a b c d)]],
    'several files, a byte order mark, CRLF, blank lines, no newline at the end';

$recorder = recorder();
my $pipe = sub {
	my ($text, @arguments) = @_;
	my $in = new_file($text);
	my $command = join ' ', program('mixspool'), 'send', @arguments;
	my $all = `cat $in | $command 2>&1`;
	return (exit_of($?), $all);
};
is +($pipe->(profile('a', ''), $recorder->{url}))[0], 0, 'standard input';
is +($pipe->(profile('b', ''), $recorder->{url}, '-'))[0], 0, 'the file -';
is_deeply [posted_ids($recorder)], [['a'], ['b']], '... are read';

$recorder = recorder();
my @invalid = (
	['nonsense', 'not an object'],
	['[{"$distinct_id":"1","$properties":{}}]', q(a list, not an object: `jq -c '.[]'` makes profiles of it)],
	['{"$properties":{}}', 'no $distinct_id'],
	['{"$distinct_id":"","$properties":{}}', '$distinct_id is empty'],
	['{"$distinct_id":"secret","$properties":[1]}', '$properties is not an object'],
	['{"$distinct_id":"1","$properties":{"secret":}}', 'not JSON, near byte 45'],
	["{\"\$distinct_id\":\"1\",\"\$properties\":{\"x\":\"\xff\"}}", 'not UTF-8, near byte 40'],
	['{"$distinct_id":"1","$properties":{}} {}', 'more behind the object, near byte 38'],
	['{"$distinct_id":"1","$properties":{"x":"' . 'x' x 1048576 . '"}}', 'longer than 1 MiB'],
	['{"$distinct_id":"1","$properties":{"x":"' . 'x' x 3000000 . '"}}', 'longer than 1 MiB'],
	['{', 'not JSON, it ends too early, near byte 1'],
);
my $bad = new_file(profile('good', ''), map({"$_->[0]\n"} @invalid), profile('too', ''));
($status, $out, $err) = tool('send', $recorder->{url}, $bad);
is $status, 65, 'invalid profiles: exit 65';
is_deeply [posted_ids($recorder)], [[qw(good too)]], '... the others are sent';
for my $n (0 .. 9) {
	like $err, qr/^mixspool send: \Q$bad:@{[$n + 2]}: $invalid[$n][1]\E$/m,
	    "... says of line @{[$n + 2]}: $invalid[$n][1]";
}
like $err, qr/^mixspool send: further invalid profiles are only counted$/m,
    '... and that further ones are only counted';
like $out, qr/^13 profiles, 2 matched, 11 invalid$/m, '... all are counted';
unlike "$out$err", qr/secret/, '... and repeats nothing of them';

$recorder = recorder();
refused(66, qr{^mixspool send: cannot read /no/such/file: No such file or directory$},
	'a file that is not there', $recorder->{url}, $many, '/no/such/file');
is scalar(requests($recorder)), 0, '... before anything is sent';

is +(tool('send', $recorder->{url}, $many, folder()))[0], 71, 'a folder in place of a file: exit 71';
is scalar(requests($recorder)), 0, '... before anything is sent';
is +(tool('send', $_, '/no/such', $recorder->{url}, $many))[0], 66,
    "$_ that is not there" for '--netrc', '--cacert';

# A file that cannot be read does not keep the next ones from being read. Only a
# process that may dump cores can open its own memory.
$recorder = recorder();
($status, $out, $err) = tool({ LD_PRELOAD => program('tests/faults/kernel_without.so'),
		KERNEL_WITHOUT => 'dumpable' }, 'send', $recorder->{url}, '/proc/self/mem',
	new_file(profile('behind', '')));
is_deeply [posted_ids($recorder)], [['behind']],
    'a file that cannot be read does not stop the next one';
is $status, 71, '... and decides the exit status';

# A FIFO without a writer delays nothing.
$recorder = recorder();
my $silent = folder() . '/silent';
system('mkfifo', $silent) == 0 or die;
my $patient = spawn([program('mixspool'), 'send', $recorder->{url},
		new_file(map { profile($_, '') } 1 .. 50), $silent], out => '/dev/null');
wait_until { scalar(requests($recorder)) == 1 } 'the POST of the first file';
open my $late, '>', $silent or die;
print $late profile('late', '');
close $late;
is reap($patient), 0, 'a FIFO is waited for while other files are sent';
is_deeply +(posted_ids($recorder))[1], ['late'], '... and read then';

# An endless line is passed over in pieces, so that a signal is heeded.
$recorder = recorder();
my $endless = spawn([program('mixspool'), 'send', '-q', $recorder->{url},
		$many, '/dev/zero'], out => '/dev/null', err => '/dev/null');
wait_until { scalar(requests($recorder)) == 2 } 'the POSTs of the first file';
is exit_of(stop($endless)), 75, 'an endless line does not delay a signal';

# A closed descriptor is not mistaken for another file.
$recorder = recorder();
$err = `@{[program('mixspool')]} send $recorder->{url} <&- 2>&1`;
is exit_of($?), 71, 'standard input that is closed is an error';
like $err, qr/cannot read standard input: Bad file descriptor/, '... which is reported';

# An idle pipe does not delay answers.
$recorder = recorder();
my ($errors, $fifo) = map { folder() . "/slow.$_" } qw(err fifo);
spew($errors, '');
system('mkfifo', $fifo) == 0 or die;
my $sender = spawn([program('mixspool'), 'send', '-v', $recorder->{url}, $fifo],
	err => $errors, out => '/dev/null');
open my $feed, '>', $fifo or die;
$feed->autoflush;
print $feed map { profile($_, '') } 1 .. 60;
wait_until { slurp($errors) =~ /^mixspool send: POST 1: 200, answer 200; 50 users, \d+ bytes, [\d.]+ ms$/m }
    'the answer of the first POST';
pass 'an answer is taken while the pipe is idle';
print $feed map { profile($_, '') } 61 .. 70;
close $feed;
is reap($sender), 0, '... and the rest is sent when it ends';
is scalar(@{ (posted_ids($recorder))[0] }), 50, '... the first POST was full';
is_deeply [map {@$_} posted_ids($recorder)], [1 .. 70], '... and all of it was sent';

# A user in a slow pipe does not wait for others.
$recorder = recorder('hang');
$sender = spawn([program('mixspool'), 'send', '--timeout', 2, '--backoff', 0,
		$recorder->{url}, $fifo], err => '/dev/null', out => '/dev/null');
open $feed, '>', $fifo or die;
$feed->autoflush;
print $feed profile('one', '');
wait_until { scalar(requests($recorder)) == 1 } 'a POST with one user';
print $feed profile('two', ''), profile('three', '');
wait_until { scalar(requests($recorder)) == 3 } 'another attempt, and the next two';
is_deeply [posted_ids($recorder)], [['one'], ['one'], [qw(two three)]],
    'users in a slow pipe are sent before it ends';
close $feed;
is reap($sender), 0, '... which ends well';

# A pipe that stays open after its last line, with an end or without one; and lines
# that come in pieces, however far apart, which are not taken for whole ones.
for my $case (
	['one profile', 'printf "%s\n" "$P"; sleep 600', ['one']],
	['one without a newline', 'printf %s "$P"; sleep 600', ['one']],
	['one without a newline, in two pieces', 'printf %.20s "$P"; sleep 1.5; printf %s "${P#????????????????????}"; sleep 600', ['one']],
	['half of one behind a whole one', 'printf "%s\n%.20s" "$P" "$P"; sleep 600', ['one']],
	['one without a newline behind another', 'printf "%s\n%s" "$P" "$Q"; sleep 600', [qw(one two)]],
	['a cut string that ends in a brace', 'printf %s \'{"$distinct_id":"one","$properties":{"x":"}\'; sleep 1.5; '
		. 'printf %s \'"}}\'; sleep 600', ['one']],
) {
	my ($name, $script, @expected) = @$case;
	$recorder = recorder();
	my ($p, $q) = map { profile($_, '') =~ s/\n//r } qw(one two);
	spew($errors, '');
	my $pid = spawn(['bash', '-c', "($script) | exec \"\$1\" send \"\$2\"", 'bash', program('mixspool'), $recorder->{url}],
		env => { P => $p, Q => $q }, out => '/dev/null', err => $errors);
	wait_until { requests($recorder) >= @expected } "the POSTs of $name";
	is_deeply [posted_ids($recorder)], \@expected, "a pipe that stays open: $name";
	is slurp($errors), '', '... without a complaint';
	kill 'KILL', -$pid;
	reap($pid);
}

# What comes behind a profile whose newline is late.
for my $case (['a newline and a profile', "\n" . profile('two', '')], ['a profile', profile('two', '')]) {
	my ($name, $text) = @$case;
	$recorder = recorder();
	spew($errors, '');
	$sender = spawn([program('mixspool'), 'send', $recorder->{url}, $fifo], out => '/dev/null', err => $errors);
	open $feed, '>', $fifo or die;
	$feed->autoflush;
	print $feed profile('one', '') =~ s/\n//r;
	wait_until { scalar(requests($recorder)) == 1 } 'the POST of a line without its end';
	print $feed "$text\n{\n";
	close $feed;
	is reap($sender) >> 8, 65, "$name behind a late newline";
	is_deeply [posted_ids($recorder)], [['one'], ['two']], '... both are sent';
	my $line = 2 + $text =~ tr/\n//;
	like slurp($errors), qr/^\S+ send: \Q$fifo\E:$line: not JSON/, '... and lines are counted rightly';
}

# Targeting.
sub sent_where {
	my ($filter, @profiles) = @_;
	my $recorder = recorder();
	($status, $out, $err) = tool('send', '--where', $filter,
		$recorder->{url}, new_file(@profiles));
	return join ' ', map {@$_} posted_ids($recorder);
}

sub date { POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime(time - 86400 * shift)) }
my @people = (
	profile('joe', '"$first_name":"Joe","$last_name":"Doe","Last login":"' . date(30) . '"'),
	profile('jane', '"$first_name":"Jane","$last_name":"Doe","Last login":"' . date(2) . '"'),
	profile('amy', '"$first_name":"Ämy","$last_name":"Doe","Visits":7'),
);
utf8::encode($_) for @people;
is sent_where('."$properties" | ."$first_name" == "Joe" and ."$last_name" == "Doe"', @people),
    'joe', 'first name Joe and last name Doe';
is_deeply [$status, $err], [0, ''], '... without a complaint';
is sent_where('."$properties"."Last login" // empty | . < (now - 3*7*86400 | strftime("%Y-%m-%dT%H:%M:%S"))', @people),
    'joe', 'last login more than three weeks ago';
is sent_where('."$properties".Visits > 5', @people), 'amy', 'a comparison of numbers';
is sent_where(encode_utf8('."$properties"."$first_name" == "Ämy"'), @people), 'amy', 'a name beyond ASCII';
is sent_where('true', @people), 'joe jane amy', 'true: everybody';
is sent_where('.["$properties"] | test("x")?', @people), '', 'no output: nobody';
is sent_where('false, true', @people), 'joe jane amy', 'one true of several';
like $out, qr/^3 profiles, 3 matched$/m, '... and the summary counts them';

is sent_where('."$properties"."Last login" | test("^2")', @people), 'joe jane',
    'a filter that fails on a profile: it does not match';
is $status, 0, '... which is no error';
like $err, qr{^mixspool send: the filter failed on 1 profile, which count as not matching; the first: \S+/file\d+:3$},
    '... but is reported, without a word of the profile';
is sent_where('select(."$distinct_id" == "joe")', @people), '',
    'a filter that is not a condition matches nobody';
like $err, qr/something other than true or false for 1 profile\b.*without select\(\)$/m,
    '... which is reported';

# Dates are in UTC whatever the zone: libjq 1.6 is an hour off in a summer time.
my $july = profile('july', '"d":"2026-07-01T12:00:00Z","s":1782907200');
my $january = profile('january', '"d":"2026-01-01T12:00:00Z","s":1767268800');
my $dates = new_file($july, $january);
for my $zone ('UTC', 'America/Los_Angeles', 'Australia/Lord_Howe', 'XYZ+5ABC') {
	for my $filter (
		'.d | fromdate == $s', '.d | fromdateiso8601 == $s', '.s | todate == $d',
		'.d | strptime("%Y-%m-%dT%H:%M:%SZ") | mktime == $s', '.d | fromdate | . > $s - 1 and . < $s + 1',
		'.s | gmtime | mktime == $s', '.s | localtime | mktime == $s',
		'.s | strftime("%H:%M %Z") == "12:00 UTC"', '.s | strflocaltime("%H:%M %Z") == "12:00 UTC"',
		'.s | localtime | strflocaltime("%H:%M") == "12:00"', '.s | gmtime | todate == $d',
		'.d | strptime("%Y-%m-%dT%H:%M:%SZ") | strftime("%j %H") | . == "182 12" or . == "001 12"',
		'now - (now | localtime | mktime) | . > -2 and . < 2',
	) {
		($status, $out, $err) = tool({ TZ => $zone }, 'send', '--dry-run', '--where',
			'."$properties" | .d as $d | .s as $s | ' . $filter, 'http://example.com', $dates);
		is $out, "$july$january", "TZ=$zone: $filter";
	}
}
($status, $out, $err) = tool({ TZ => 'America/Los_Angeles' }, 'send', '--dry-run', '--where',
	'."$properties".d | fromdate > 0', 'http://example.com', new_file($july));
is $out, $july, 'fromdate > 0';

# What a filter may call in libjq without harm.
for my $filter ('debug | true', 'input | true', '[inputs] | length == 0',
	'input_filename == null', 'halt', '$ENV | type == "object"') {
	sent_where($filter, profile('a', ''));
	is $status, 0, "a filter with $filter";
}

$recorder = recorder();
refused(64, qr/^mixspool send: --where does not compile:\nmixspool send: jq: error: syntax error, unexpected .*\n/,
	'a filter that does not compile', '--where', '.a ==', $recorder->{url}, $many);
like $err, qr/compile error/, '... in the words of jq';
refused(64, qr/compile:\nmixspool send: jq: error: nosuch\/0 is not defined/,
	'a function that is not there', '--where', 'nosuch', $recorder->{url}, $many);
is scalar(requests($recorder)), 0, '... nothing is sent then';

# Only a 200 means delivered.
$recorder = recorder(qw(503 close truncated 201 408 429 200));
($status, $out, $err) = tool('send', '--retries', 6, '--backoff', 0,
	$recorder->{url}, $many);
is $status, 0, 'anything but a 200 is sent again until there is one';
my @accepted = map {@$_} posted_ids($recorder, '200');
is_deeply [sort { $a <=> $b } @accepted], [1 .. 120],
    '... and everybody is in one that was answered so, once';
is scalar(requests($recorder)), 9, '... after six that were not';
like $out, qr/^120 users delivered in 3 POSTs, 0 left$/m, '... all is delivered';
like $out, qr/^answers: 3 with 200, 1 with 201, 1 with 408, 1 with 429, 1 with 503, 2 missing$/m,
    '... and the answers are counted';

$recorder = recorder(qw(500 500:secret 500));
($status, $out, $err) = tool('send', '--retries', 2, '--backoff', 0,
	$recorder->{url}, new_file(map { profile($_, '') } 1 .. 3));
is $status, 75, 'when all attempts fail: exit 75';
is $err, "mixspool send: POST 1: 3 users left after 3 attempts; the last one: 500 (-v shows more)\n"
    . "mixspool send: 3 users left for the next run\n", '... with a count';
like $out, qr/^0 users delivered in 0 POSTs, 3 left$/m, '... in the summary, too';
is scalar(requests($recorder)), 3, '... after two retries';

$recorder = recorder('close');
($status, $out, $err) = tool('send', '-v', '--retries', 0, $recorder->{url},
	new_file(profile('secret', '')));
like $err, qr/^mixspool send: POST 1: no answer, .+; 1 user, 84 bytes, [\d.]+ ms$/m,
    '-v tells of an answer that did not come';
$recorder = recorder("400:users[0]: bad\x1b\x07 \xc3\xa9\nsecond line");
($status, $out, $err) = tool('send', '-v', '--retries', 0, $recorder->{url},
	new_file(profile('secret', '')));
like $err, qr/^mixspool send: POST 1: 400, users\[0\]: bad\?\? \?+; 1 user/m,
    '... and of one that did, its first line, without control characters';
unlike $err, qr/secret/, '... without a word of the profile';

# A kept connection is closed: libcurl must not send again by itself, unseen.
$recorder = recorder(qw(200 close 200 200));
($status, $out, $err) = tool('send', '--json', '--backoff', 0, $recorder->{url}, $many);
unlike $err, qr/callback/, 'a closed connection is reported without words of libcurl';
my ($attempts) = $out =~ /"attempts": (\d+)/;
is $attempts, 4, 'a closed connection costs one attempt that is counted';
is scalar(requests($recorder)), 4, '... and the endpoint saw as many';

$recorder = recorder('hang');
($status, $out, $err) = tool('send', '--timeout', 1, '--retries', 0,
	$recorder->{url}, new_file(profile('a', '')));
is $status, 75, 'no answer within --timeout: exit 75';
like $err, qr/no answer, Operation timed out after \d+ milli/, '... which is reported';

# An endpoint that is down is given up.
my $port = free_port();
($status, $out, $err) = tool('send', '--retries', 1, '--backoff', 0,
	"http://127.0.0.1:$port/", new_file(map { profile($_, '') } 1 .. 1000));
is $status, 75, 'nobody listens: exit 75';
like $err, qr/^mixspool send: POST 3: 50 users left after 2 attempts; the last one: no answer, Failed to connect to 127\.0\.0\.1 port $port .*(?:Could(?:n't| not) connect|refused)/m,
    '... after a few POSTs';
unlike $err, qr/^mixspool send: POST 5/m, '... and no more';
like $err, qr/^mixspool send: 3 POSTs in a row were given up: nothing more is sent$/m,
    '... which is reported';
like $err, qr/^mixspool send: 1000 users left for the next run$/m,
    '... and everybody who is left is counted';
($status, $out, $err) = tool('send', '--retries', 0, '--sample', 1000, '--repeat',
	1000000000, "http://127.0.0.1:$port/");
like $out, qr/^1000 profiles, 1000 matched\n0 users delivered in 0 POSTs, 1000 left$/m,
    '... and nothing is repeated for it';
$recorder = recorder(map { $_ % 3 == 0 ? 200 : 500 } 1 .. 12);
($status, $out, $err) = tool('send', '--retries', 0, '--batch', 1,
	$recorder->{url}, new_file(map { profile($_, '') } 1 .. 12));
is scalar(requests($recorder)), 12,
    'an endpoint that refuses some POSTs gets them all';
like $out, qr/^4 users delivered in 4 POSTs, 8 left$/m, '... and only these are delivered';

# A signal: the POST in flight is finished, the other users are left.
$recorder = recorder(('together:2') x 2);
spew($errors, '');
$sender = spawn([program('mixspool'), 'send', $recorder->{url}, $many],
	err => $errors, out => folder() . '/stopped');
wait_until { scalar(requests($recorder)) == 1 } 'the first POST';
kill 'TERM', $sender;
tool('send', $recorder->{url}, new_file(profile('other', '')));
is exit_of(reap($sender)), 75, 'SIGTERM: exit 75';
like slurp(folder() . '/stopped'), qr/^(\d+) profiles, \1 matched\n50 users delivered in 1 POST, (\d+) left$/m,
    '... but the POST in flight is answered';
slurp(folder() . '/stopped') =~ /^(\d+) profiles.*\n.* (\d+) left$/m;
is $2, $1 - 50, '... and the users that were read are left';
like slurp($errors), qr/^mixspool send: stopped before all profiles were read$/m,
    '... which is reported';

# A signal also ends waiting for a pipe, and for the next attempt.
system('mkfifo', "$fifo.idle") == 0 or die;
for my $case (['nothing was read', ''], ['a POST is not full', profile('a', '')],
	['one is answered', join '', map { profile($_, '') } 1 .. 51]) {
	my ($name, $text) = @$case;
	$recorder = recorder();
	spew($errors, '');
	$sender = spawn([program('mixspool'), 'send', '-v', $recorder->{url},
			"$fifo.idle"], out => '/dev/null', err => $errors);
	open $feed, '>', "$fifo.idle" or die;
	$feed->autoflush;
	print $feed $text;
	my $answers = $text =~ /"51"/ ? 1 : 0;
	wait_until { slurp("/proc/$sender/stat") =~ /\) S / && $answers == (() =
		slurp($errors) =~ /: 200,/g) } 'the sender to be idle';
	is exit_of(stop($sender)), 75, "SIGTERM while a pipe is idle, $name";
	close $feed;
}
$recorder = recorder('500');
$sender = spawn([program('mixspool'), 'send', '-v', '--backoff', 60, $recorder->{url}, $many],
	out => '/dev/null', err => $errors);
wait_until { slurp($errors) =~ /POST 1: 500/ } 'the first attempt';
is exit_of(stop($sender)), 75, 'SIGTERM during a pause';

# The same signal again ends it at once, also in a filter that never ends.
$recorder = recorder();
$sender = spawn([program('mixspool-send'), '--where', 'until(false; .)', $recorder->{url},
		$many], out => '/dev/null', err => '/dev/null');
sub catches_term {
	my ($caught) = slurp("/proc/$sender/status") =~ /^SigCgt:\s+(\w+)$/m;
	return hex(substr $caught, -8) >> 14 & 1;
}
wait_until { catches_term() } 'the sender to catch SIGTERM';
# utime in ticks, proc(5): the filter alone takes so much.
wait_until { (split ' ', slurp("/proc/$sender/stat") =~ s/.*\) //sr)[11] > 30 }
	'the filter to run';
kill 'TERM', $sender;
wait_until { !catches_term() } 'the first signal';
is exit_of(stop($sender)), 143, 'a second SIGTERM ends a filter that does not end';

# Output.
$recorder = recorder();
($status, $out, $err) = tool('send', '--json', $recorder->{url}, $many);
my $summary = JSON::PP::decode_json($out);
is_deeply [@$summary{qw(profiles matched delivered left posts attempts)}],
    [120, 120, 120, 0, 3, 3], '--json has the counts';
is_deeply $summary->{answers}, { 200 => 3 }, '... and the answers';
is scalar(@{ [$out =~ /\n/g] }), 1, '... on one line';
is_deeply [tool('send', '-q', $recorder->{url}, $many)], [0, '', ''],
    '-q: nothing';

($status, $out, $err) = tool('send', '--dry-run', '--where', '."$distinct_id" == "7"',
	'http://secret:word@example.com/hook?a=1&token=secret&tok%65n=word', $many);
is_deeply [$status, $out], [0, profile('7', '"n":1')],
    '--dry-run prints the users';
is $err, "mixspool send: would send 1 user in 1 POST to http://example.com/hook?a=1\n",
    '... and says what would be sent where, without the password and the token';

my $to_nobody = system 'bash', '-c', 'set -o pipefail; "$@" 2>/dev/null | true', 'bash',
    program('mixspool-send'), '--dry-run', '--sample', 1000, 'http://example.com';
is $to_nobody >> 8, 74, 'a closed pipe is an error, and not the end by SIGPIPE';

my $typescript = folder() . '/typescript';
$recorder = recorder(('together:2') x 2);
my $terminal = spawn(['script', '-qefc', join(' ', program('mixspool'), 'send',
		$recorder->{url}, $many), $typescript], out => '/dev/null');
wait_until { -e $typescript && slurp($typescript) =~ /\r\d+ matched, 0 delivered, 0 failed, 0 a second, \d+:\d\d left, waits for an answer\e\[K/ }
    'the progress on a terminal';
pass 'a terminal shows progress';
tool('send', $recorder->{url}, new_file(profile('other', '')));
is reap($terminal), 0, '... until everything is sent';

# ... and what it waits for: the next attempt, profiles, the next pass.
sub shows {
	my ($pattern, $name, $arguments) = @_;
	spew($typescript, '');
	my $pid = spawn(['script', '-qefc', join(' ', program('mixspool'), 'send', @$arguments), $typescript],
		out => '/dev/null', err => '/dev/null');
	wait_until { slurp($typescript) =~ $pattern } $name;
	pass "progress shows $name";
	stop($pid);
	return;
}
$recorder = recorder(500, 500);
shows(qr/, next attempt in [1-8] s\e\[K/, 'the pause before the next attempt',
	['--backoff', 8, $recorder->{url}, $many]);
$recorder = recorder({ RECORDER_RETRY_AFTER => 120 }, 503, 503);
shows(qr/, next attempt in [1-8] s \(the endpoint asked for 120 s\)\e\[K/, 'the Retry-After of the endpoint',
	['--backoff', 8, $recorder->{url}, $many]);
$recorder = recorder();
shows(qr/, next attempt in \d+ s\e\[K/, 'the pause by --rate', ['--rate', '1/m', $recorder->{url}, $many]);
shows(qr/, next pass in \d+ s\e\[K/, 'the pause before the next pass', ['--watch', '1m', $recorder->{url}, $many]);
system('mkfifo', "$fifo.shown") == 0 or die;
open my $holds, '+<', "$fifo.shown" or die;
shows(qr/ a second, waits for more profiles\e\[K/, 'a pipe that is idle', [$recorder->{url}, "$fifo.shown"]);
close $holds;

# Wrong use is reported before anything is sent.
for my $case (
	['no URL', qr/^mixspool send: no URL given/],
	['a URL without a scheme', qr/the URL is wrong: it begins with http/, 'example.com/hook'],
	['a URL of another scheme', qr/the URL is wrong: it begins with http/, 'ftp://example.com/hook'],
	['a URL that is not UTF-8', qr/the URL is wrong: it is not UTF-8/, "http://example.com/\xff"],
	['a proxy that is not a URL', qr/--proxy is wrong: \S/, '--proxy', 'foo bar://x', 'http://example.com'],
	['an @ in a zone', qr/the URL is wrong: \S/, 'http://[D].[::@[::%@[::%@[::]'],
	['an escape in a zone', qr/the URL is wrong: \S/, 'http://[7::%%DB8::1]/x'],
	['a URL that is not one', qr/the URL is wrong: \S/, 'http://exa mple:99999999/'],
	['a control character in a host', qr/the URL is wrong: \S/, 'http://exa%7fmple/'],
	['a batch of 0 users', qr/--batch is '0': it takes a number, 1 to 100000$/, '--batch', 0, 'http://example.com'],
	['a rate that is not a number', qr/--rate is 'fast': it takes POSTs a second/, '--rate', 'fast', 'http://example.com'],
	['a share without %', qr/--drop-answers is '10': it takes a percentage, such as 10%/, '--drop-answers', 10, 'http://example.com'],
	['a time with a wrong unit', qr/--timeout is '1x': it takes seconds/, '--timeout', '1x', 'http://example.com'],
	['an option that is not there', qr/there is no option --frob, see -h/, '--frob', 'http://example.com'],
	['an option that is not even a letter', qr/there is no option -\\xff, see -h/, 'http://ann:secret\@example.com', "-\xffx"],
	['letters behind a password', qr/there is no option -z, see -h/, '--proxy=http://ann:secret\@example.com', '-zv', 'http://example.com'],
	['a value for an option without one', qr/there is no option --json, see -h/, '--json=secret', 'http://example.com'],
	['an option without its value', qr/option --where takes a value, see -h/, 'http://example.com', '--where'],
	['a campaign without a state', qr/--campaign and --state go together/, '--campaign', 'c', 'http://example.com', $many],
	['a sample and files', qr/--sample takes the place of files/, '--sample', 3, 'http://example.com', $many],
	['repeating standard input', qr/--repeat takes files/, '--repeat', 2, 'http://example.com'],
	['watching standard input', qr/--watch takes files/, '--watch', 2, 'http://example.com', '-'],
) {
	my ($name, $pattern, @arguments) = @$case;
	refused(64, $pattern, $name, @arguments);
}
($status, $out, $err) = tool('send', '-h');
is_deeply [$status, $err], [0, ''], '-h: exit 0';
cmp_ok(length($_), '<=', 80, '... fits a terminal') for
    sort { length $b <=> length $a } split /\n/, $out;

done_testing;
