#!/usr/bin/env perl
# The journal: a line for each request, whatever became of it, and one write for a
# group of them.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use POSIX qw(strftime);
use Test::More;
use Testbed;

my %json = (CONTENT_TYPE => 'application/json');
my $batch = qr/^\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}-\d{6}-\d+\.jsonl\z/;

sub entries {
	my $spool = shift;
	return map { decode_json($_) } map { split /^/m, slurp($_) }
	    grep {/\.jsonl\z/} batches_in($spool, '.journal', '.');
}

# All that are there, once there are so many.
sub wait_for_entries {
	my ($spool, $count) = @_;
	wait_until { scalar(() = entries($spool)) >= $count } "$count lines";
	return entries($spool);
}

my $secret = spew(folder() . '/secret', "s3cret\n");
chmod 0600, $secret;

# What a request is, and what the journal has of it, beside what all have.
my $info = '"page_info":{"total_pages":10,"page_count":3}';
my $about = '"mixpanel_project_id":"7","mixpanel_cohort_id":12,'
    . qq("mixpanel_cohort_name":"L\\u00f6yal \\"<b>","mixpanel_session_id":"s1",$info);
my %page = (format => 'cohort', project => '7', cohort => '12', name => "L\x{f6}yal \"<b>",
	session => 's1', page => 3, pages => 10);
sub page { return qq({"action":"$_[0]","parameters":{$about,"members":[$_[1]]}}) }
my $member = '{"mixpanel_distinct_id":"u-1","email":"ana@example.com"}';
my $anna = user('anna');

my @requests = (
	['a form', form("[$anna,$anna]"), {}, { status => 200, format => 'form', users => 2 }],
	['an empty form', form('[]'), {}, { status => 200, format => 'form' }],
	[   'a form with something else', form("[$anna,7]"), {},
		{ status => 200, format => 'form', users => 1, aside => 1,
			why => 'users[1]: not an object' } ],
	[   'a page', page('members', $member), {%json},
		{ %page, status => 200, users => 1, action => 'members' } ],
	[   'an empty page', page('add_members', ''), {%json},
		{ %page, status => 200, action => 'add_members' } ],
	[   'an alert', '{"event_type":"x","who":"ana@example.com"}', {%json},
		{ status => 200, format => 'alert', users => 1 } ],
	['a stream', '[{"event":1},{"event":2}]', {%json},
		{ status => 200, format => 'stream', users => 2 }],
	['no secret', form("[$anna]"), { HTTP_AUTHORIZATION => undef }, { status => 401, format => 'form' }],
	['a wrong secret', form("[$anna]"), { HTTP_AUTHORIZATION => 'Bearer x' },
		{ status => 401, format => 'form' }],
	['an unknown campaign', form("[$anna]"), { PATH_INFO => '/none' },
		{ status => 404, format => 'form' }],
	['no name of a campaign', form("[$anna]"), { PATH_INFO => '/a b' },
		{ status => 404, format => 'form' }],
	['another method', '', { REQUEST_METHOD => 'PUT' }, { status => 405, format => 'form' }],
	['a body that is too large', form("[$anna]"), { CONTENT_LENGTH => 1 << 30 },
		{ status => 413, format => 'form', bytes => 1 << 30 }],
	['another type', $anna, { CONTENT_TYPE => 'text/plain' }, { status => 415 }],
	['a body that is cut', form("[$anna]"), { CONTENT_LENGTH => 1000 },
		{ status => 400, format => 'form', bytes => 1000 }],
	['not a list', form('{"ana@example.com":1}'), {}, { status => 400, format => 'form' }],
	['not JSON', form('[ana@example.com]'), {}, { status => 400, format => 'form' }],
	['nobody who is a user', form('["ana@example.com"]'), {}, { status => 400, format => 'form' }],
	['not JSON, for a page', '{"action":"members",ana@example.com', {%json},
		{ status => 400, action => 'members' }],
	[   'an unknown action', page('ana@example.com', ''), {%json},
		{ %page, status => 400 } ],
	['another campaign', form("[$anna]"), { PATH_INFO => '/vip' },
		{ status => 200, format => 'form', users => 1, campaign => 'vip' }],
);

sub variables {
	my $own = shift;
	return { HTTP_AUTHORIZATION => 'Bearer s3cret', %$own };
}

# An answer and its entry, which say the same.
sub check {
	my ($name, $answer, $entry, $request, $body) = @_;
	my %expected = (%{ $request->[3] });
	$expected{campaign} //= 'default' if $expected{status} !~ /40[145]/;
	$expected{$_} //= 0 for qw(users);
	$expected{bytes} //= length $body;
	is $answer->{status}, $expected{status}, "$name: $request->[0]: the status";
	like delete $entry->{at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/, '... when it was';
	cmp_ok delete $entry->{ms}, '<', 60_000, '... how long it took';
	if ($expected{status} != 200) {
		my $why = substr $answer->{text} =~ /"message": "(.*?)", "code"/ ? $1 =~ s/\\"/"/gr
		    : $answer->{text} =~ s/\n\z//r, 0, 200;
		# The answer is a sentence for whoever opened the URL.
		$why = 'the method is not POST' if $answer->{status} == 405;
		is delete $entry->{why}, $why, '... the reason is that of the answer';
	} elsif ($expected{users} || $expected{aside}) {
		like delete $entry->{batch}, $batch, '... the batch';
	}
	is_deeply $entry, \%expected, '... and all else';
	return;
}

my $spool = make_spool(qw(default vip));
my $receiver = receiver(spool => $spool, env => { MIXSPOOL_SECRET_FILE => $secret });
my $count = 0;
for my $request (@requests) {
	my (undef, $body, $variables) = @$request;
	my $answer = fastcgi($receiver->{socket}, $body, variables($variables));
	my ($entry) = (wait_for_entries($spool, ++$count))[-1];
	check('FastCGI', $answer, $entry, $request, $body);
}
unlike slurp("$spool/.journal/" . strftime('%Y-%m-%d.jsonl', gmtime)),
    qr/anna|example/, 'and nothing of a user';
# What doctor sends is in it, and counts nowhere, unless it stores something.
my %doctor = (HTTP_USER_AGENT => 'mixspool-doctor/0.2.0');
my $sums = sub { return (tool('stat', '--prometheus', $spool))[1] =~ /^(mixspool_(?:requests|stored|last_[ar]).*)$/mg };
my @sums = $sums->();
my @probes = ([form('[]'), {}], [form("[$anna]"), { HTTP_AUTHORIZATION => undef }], ['x', { PATH_INFO => '/none' }],
	['', { REQUEST_METHOD => 'GET', HTTP_AUTHORIZATION => 'x' }], ['', { REQUEST_METHOD => 'HEAD', HTTP_AUTHORIZATION => 'x' }]);
for my $probe (@probes) {
	fastcgi($receiver->{socket}, $probe->[0], variables({ %doctor, %{ $probe->[1] } }));
	my ($entry) = (wait_for_entries($spool, ++$count))[-1];
	is $entry->{probe}, 1, "doctor's own is marked";
}
is_deeply [$sums->()], \@sums, '... and counted nowhere';
like +(tool('log', '--refused', $spool))[1], qr/^\S+ \S+ +- +404 +refused: .* \(by mixspool doctor\)$/m, '... and shown by log';
unlike +(tool('report', $spool))[1], qr/<title>A webhook was refused before/, '... and no alarm on the page';
fastcgi($receiver->{socket}, form("[$anna]"), variables({ %doctor, PATH_INFO => '/vip' }));
is +(wait_for_entries($spool, ++$count))[-1]{probe}, undef, '... but a user that is stored counts, whoever sends it';

my ($stored) = (sort(batches_in($spool, 'vip')))[-1];
is((entries($spool))[-1]{batch}, $stored =~ s{.*/}{}r, 'the batch is the one in new/');
is stop($receiver->{pid}), 0, 'the end';
is scalar(() = entries($spool)), $count, '... adds nothing';

# CGI: the process is gone, and its line there.
$spool = make_spool(qw(default vip));
$count = 0;
for my $request (@requests) {
	my (undef, $body, $variables) = @$request;
	my $answer = cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_SECRET_FILE => $secret }, $body,
		variables($variables));
	my @entries = entries($spool);
	is scalar @entries, ++$count, 'CGI: a line, at once';
	check('CGI', $answer, $entries[-1], $request, $body);
}

# Requests that name their spools.
my @spools = (make_spool('default'), make_spool('default'));
$receiver = receiver(any => 1);
for my $n (0, 1, 1) {
	fastcgi($receiver->{socket}, form("[$anna]"), { MIXSPOOL_DIR => $spools[$n] });
	fastcgi($receiver->{socket}, '', { MIXSPOOL_DIR => $spools[$n], REQUEST_METHOD => 'PUT' });
}
is_deeply [sort map { $_->{status} } wait_for_entries($spools[$_], 2 + 2 * $_)],
    [(200) x (1 + $_), (405) x (1 + $_)], "requests name their spools: $_" for 0, 1;
stop($receiver->{pid});

# One thread leaves the writing to the one that may wait for a disk.
$receiver = receiver(args => ['-j', 1]);
fastcgi($receiver->{socket}, form("[$anna]")) for 1 .. 3;
is scalar(() = wait_for_entries($receiver->{spool}, 3)), 3, 'a single thread';
stop($receiver->{pid});

# What was noted last is there when the receiver has ended.
$receiver = receiver();
fastcgi($receiver->{socket}, '', { PATH_INFO => '/none' }) for 1 .. 50;
stop($receiver->{pid});
is scalar(() = entries($receiver->{spool})), 50, 'the end writes what is left';

# Without days there is no journal.
$receiver = receiver(env => { MIXSPOOL_JOURNAL_DAYS => 0 });
is fastcgi($receiver->{socket}, form("[$anna]"))->{status}, 200, 'days 0: 200';
stop($receiver->{pid});
ok !-e "$receiver->{spool}/.journal", '... and no journal';
is cgi({ MIXSPOOL_DIR => $spool, MIXSPOOL_JOURNAL_DAYS => 'x' }, form("[$anna]"), {})->{text},
    "MIXSPOOL_JOURNAL_DAYS is 'x': it takes a whole number from 0 to 36500, or one with K, "
    . "M or G\n", 'days x: an error';

# A group by one write, however many they are. The disk hangs while they gather.
my $shim = folder() . '/shim';
mkdir $shim;
my $trace = folder() . '/trace';
$receiver = receiver(
	spool => make_spool(qw(default other)),
	wrapper => ['strace', '-f', '-o', $trace, '-y', '-e', 'trace=write,openat,fstat,fdatasync'],
	args => ['-j', 4], env => { LD_PRELOAD => program('tests/faults/hanging_disk.so'),
		HANGING_DISK => $shim, MIXSPOOL_SANDBOX => 'off' });
$spool = $receiver->{spool};

sub post {
	my ($campaign) = @_;
	my $socket = fastcgi_connect($receiver->{socket});
	fastcgi_send($socket, fastcgi_records(form("[$anna]"), { PATH_INFO => "/$campaign" }));
	return $socket;
}

sub writes { return scalar grep {m{write\(\d+<[^>]*/\.journal/}} split /^/m, slurp($trace) }
is fastcgi_answer(post('default'))->{status}, 200, 'the first opens the file';
wait_until { writes() == 1 } 'its line';
spew("$shim/hang", '');
my @posts = post('default');
wait_until { batches_in($spool, 'default', 'tmp') } 'a commit';
push @posts, map { post('default') } 1 .. 20;
# They are in the queue once the one behind them is answered.
is fastcgi_answer(post('none'))->{status}, 404, 'others are answered meanwhile';
unlink "$shim/hang";
is_deeply [map { fastcgi_answer($_)->{status} } @posts], [(200) x 21], 'the groups are answered';
is scalar(() = wait_for_entries($spool, 23)), 23, '... and are in the journal';
cmp_ok writes(), '<=', 5, '... by a write for each group, or for both';

# A disk that hangs for the journal alone holds up nobody.
spew("$shim/hang-appending", '');
for my $n (1 .. 20) {
	my $campaign = $n % 2 ? 'default' : 'other';
	is fastcgi_answer(post($campaign))->{status}, 200, "the journal hangs: $campaign goes on";
}
is fastcgi_answer(post('none'))->{status}, 404, '... and what is refused';
is scalar(() = entries($spool)), 23, '... while nothing is written';
unlink "$shim/hang-appending";
is scalar(() = wait_for_entries($spool, 44)), 44, 'it goes on: all is there';
kill 'TERM', split ' ', slurp("/proc/$receiver->{pid}/task/$receiver->{pid}/children");
is reap($receiver->{pid}), 0, 'the end';

# Nor is a thread too few for that, or the end of an answer by CGI.
my %hanging = (LD_PRELOAD => program('tests/faults/hanging_disk.so'), HANGING_DISK => $shim,
	MIXSPOOL_SANDBOX => 'off');
for my $threads (1, 2) {
	$receiver = receiver(args => ['-j', $threads], env => \%hanging);
	spew("$shim/hang-appending", '');
	is_deeply [map { fastcgi_answer(post($_))->{status} } map { ('default', 'none') } 1 .. 10],
	    [map { (200, 404) } 1 .. 10], "the journal hangs: a receiver of $threads goes on";
	unlink "$shim/hang-appending";
	is scalar(() = wait_for_entries($receiver->{spool}, 20)), 20, '... and nothing is lost';
	is stop($receiver->{pid}), 0, '... up to the end';
}
$spool = make_spool('default');
spew("$shim/hang-appending", '');
my $body = form("[$anna]");
my $out = folder() . '/out';
system('mkfifo', $out) == 0 or die;
my $pid = spawn([program()], in => new_file($body), out => $out,
	env => { %hanging, MIXSPOOL_DIR => $spool, REQUEST_METHOD => 'POST', PATH_INFO => '',
		CONTENT_TYPE => 'application/x-www-form-urlencoded', CONTENT_LENGTH => length $body });
like slurp($out), qr/^Status: 200 OK\r$/m, 'CGI: the answer ends while the journal hangs';
kill 'TERM', $pid;
my @numbers;
wait_until { @numbers = grep { (readlink // '') =~ /jsonl$/ } glob "/proc/$pid/fd/*" } 'its day to be open';
unlike "@numbers", qr{/[012]\b}, '... whose line is for no standard stream';
is scalar(() = entries($spool)), 0, '... and comes later';
unlink "$shim/hang-appending";
is reap($pid), 0, '... whatever the web server does to the process';
is scalar(() = entries($spool)), 1, '... by then it is there';

done_testing;
