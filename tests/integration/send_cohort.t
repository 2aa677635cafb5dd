#!/usr/bin/env perl
# mixspool send --cohort: what a sync of Mixpanel's sends, what its state remembers,
# and what each answer does to it.

use strict;
use warnings;
use utf8;
use Encode qw(encode_utf8);
use JSON::PP;
use Test::More;
use Testbed;

my ($status, $out, $err, $recorder, $seen);
my $states = 0;

# An endpoint with these answers, and a state that is not there yet.
sub begin {
	$recorder = recorder(@_);
	$seen = 0;
	return folder() . '/cohort' . $states++ . '.db';
}

sub sync {
	my ($state, $file, @options) = @_;
	($status, $out, $err) = tool('send', '--backoff', 0, '--cohort', '7:Lapsed',
		'--state', $state, @options, $recorder->{url}, ref $file ? @$file : $file);
	return $status;
}

# The pages since the last call, as they arrived whole.
sub pages {
	my @all = map { $_->{json} } grep { $_->{json} } requests($recorder);
	my @new = @all[$seen .. $#all];
	$seen = @all;
	return @new;
}

sub ids_of {
	return join ' ', map { $_->{mixpanel_distinct_id} } @{ $_[0]{parameters}{members} };
}

# Who is in which page: "add_members 1/2: a b".
sub shape {
	return map {
		my $info = $_->{parameters}{page_info};
		"$_->{action} $info->{page_count}/$info->{total_pages}:"
		    . (ids_of($_) eq '' ? '' : ' ') . ids_of($_)
	} @_;
}

sub who { return new_file(map { profile($_) } @_) }

sub sql {
	my ($state, $query) = @_;
	my $rows = `sqlite3 $state "$query"`;
	chomp $rows;
	return $rows;
}

# The first sync has everybody, as Mixpanel's docs show it.
my $state = begin();
my $profiles = new_file(encode_utf8(<<'END'));
{"$distinct_id":"u-1","$properties":{"$email":"ana@example.com","$first_name":"Ana","$last_name":"B","Größe 1":[1.10,{"a":null}],"$city":"Łódź"}}
{"$properties" : { "n" : 1.10 , "email":"ben@example.com" } , "$distinct_id" : 17 }
{"$distinct_id":"c\u0021","$properties":[]}
{"$distinct_id":"d","$properties":{"$email":"d@example.com","email":"other","mixpanel_distinct_id":"other","$\u0065mail2":1}}
END
is sync($state, $profiles), 0, 'a first sync';
my ($first) = requests($recorder);
is $first->{headers}{'content-type'}, 'application/json', '... is JSON';
ok !exists $first->{headers}{expect}, '... that asks no leave first';
my ($page) = pages();
my $session = delete $page->{parameters}{mixpanel_session_id};
like $session, qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    '... with a UUID as its session';
is_deeply $page, {
	action => 'members',
	parameters => {
		mixpanel_project_id => '1', mixpanel_cohort_id => '7',
		mixpanel_cohort_name => 'Lapsed', mixpanel_cohort_description => '',
		page_info => { total_pages => 1, page_count => 1 },
		members => [
			{ mixpanel_distinct_id => 'u-1', email => 'ana@example.com',
				first_name => 'Ana', last_name => 'B',
				'Größe 1' => [1.1, { a => undef }], '$city' => 'Łódź' },
			{ mixpanel_distinct_id => '17', n => 1.1, email => 'ben@example.com' },
			{ mixpanel_distinct_id => 'c!' },
			{ mixpanel_distinct_id => 'd', email => 'd@example.com', '$email2' => 1 },
		] } }, '... with everybody as members';
like $out, qr/^cohort 7: 4 in members; 4 members now$/m, '... and the summary says so';
is sprintf('%o', (stat $state)[2] & 07777), '600', '... the state is for its owner alone';

# Then the differences; a sync without any is two empty pages.
$state = begin();
is sync($state, who(qw(a b c)), '--project', '12"3'), 0, 'a sync';
($page) = pages();
is $page->{parameters}{mixpanel_project_id}, '12"3', '... of a project';
my @before = ($page);
sync($state, who(qw(a c d e)), '--project', '12"3');
my @pages = pages();
is_deeply [shape(@pages)], ['add_members 1/1: d e', 'remove_members 1/1: b'],
    'the next sync has the differences';
is scalar(keys %{ { map { $_->{parameters}{mixpanel_session_id} => 1 } @before, @pages } }), 3,
    '... each action with a session of its own';
sync($state, who(qw(a c d e)), '--project', '12"3');
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1:'],
    'without a difference both pages are empty';
like $out, qr/^cohort 7: 0 in add_members, 0 in remove_members; 4 members now$/m,
    '... and the summary says so';
sync($state, new_file(), '--project', '12"3');
is_deeply [map { join ' ', sort split / /, $_ } shape(pages())],
    ['1/1: add_members', '1/1: a c d e remove_members'], 'everybody may leave';
sync($state, who(qw(a)));
is_deeply [shape(pages())], ['members 1/1: a'], 'another project is another cohort';

# Who is in is by the criterion; who leaves is sent as when it entered.
$state = begin();
my @where = ('--where', '."$properties".n > 1');
sync($state, new_file(profile('a', '"n":1'), profile('b', '"n":2'), profile('c', '"n":3'),
		profile('c', '"n":4')), @where);
is_deeply [shape(pages())], ['members 1/1: b c'], '--where: who matches is in, once';
like $out, qr/^4 profiles, 3 matched, 1 more than once$/m, '... with counts';
sync($state, new_file(profile('a', '"n":9'), profile('b', '"n":0'), profile('c', '"n":3')), @where);
@pages = pages();
is_deeply [shape(@pages)], ['add_members 1/1: a', 'remove_members 1/1: b'], '... and who starts to match enters';
is $pages[1]{parameters}{members}[0]{n}, 2, '... who leaves is sent as when it entered';
is_deeply [map { $_->{parameters}{members} } (sync($state, new_file(), '--cohort', '7:Renamed') == 0 && pages())[0]],
    [[]], 'a new name is the same cohort';
sync($state, who('x'), '--cohort', '8');
($page) = pages();
is_deeply [$page->{action}, @{ $page->{parameters} }{qw(mixpanel_cohort_id mixpanel_cohort_name)}],
    ['members', '8', '8'], 'another id is another one, whose name may be left out';

# --first add: as members of nothing.
$state = begin();
sync($state, who(qw(a b)), '--first', 'add');
is_deeply [shape(pages())], ['add_members 1/1: a b', 'remove_members 1/1:'], '--first add';
sync($state, who(qw(b)), '--first', 'add');
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1: a'], '... and then as always';

# The summary for programs.
$state = begin((200) x 4, 503);
sync($state, who(qw(a b)), '--json');
is_deeply decode_json($out)->{cohort}, { id => '7', synced => JSON::PP::true, pages => 1,
	pages_delivered => 1, members => 2, size => 2 }, '--json';
sync($state, who(qw(a c d)), '--json');
is_deeply decode_json($out)->{cohort}, { id => '7', synced => JSON::PP::true, pages => 2,
	pages_delivered => 2, add_members => 2, remove_members => 1, size => 3 }, '... of the differences';
sync($state, who(qw(a)), '--json', '--retries', 0);
is_deeply decode_json($out)->{cohort}, { id => '7', synced => JSON::PP::false, pages => 2,
	pages_delivered => 1, add_members => 0, remove_members => 2 }, '... of a failure';
$state = begin(400);
sync($state, who('a'), '-q');
is $out, '', '--quiet';

# Pages.
$state = begin();
my @many = map {"u$_"} 1 .. 2500;
sync($state, who(@many));
@pages = pages();
is_deeply [map { scalar split / / , ids_of($_) } @pages], [1000, 1000, 500], 'a page has up to 1000';
is_deeply [map { $_->{parameters}{page_info} } @pages],
    [map { { total_pages => 3, page_count => $_ } } 1 .. 3], '... and its number of all';
is_deeply [map { split / /, ids_of($_) } @pages], \@many, '... with everybody in order';
is scalar(keys %{ { map { $_->{parameters}{mixpanel_session_id} => 1 } @pages } }), 1,
    '... in one session';
sync($state, who(map {"v$_"} 1 .. 12), '--batch', 5);
is_deeply [map { s/:.*//r } shape(@pages = pages())],
    [(map {"add_members $_/3"} 1 .. 3), map {"remove_members $_/500"} 1 .. 500], '--batch 5';
$state = begin();
sync($state, who(1 .. 100), '--batch', 2, '--page-order', 'shuffled');
my @numbers = map { $_->{parameters}{page_info}{page_count} } @pages = pages();
isnt "@numbers", join(' ', 1 .. 50), '--page-order shuffled: in another order';
is_deeply [sort { $a <=> $b } @numbers], [1 .. 50], '... each page once';
is_deeply [sort { $a <=> $b } map { split / /, ids_of($_) } @pages], [1 .. 100], '... with everybody';
sync($state, who(51 .. 150), '--batch', 2, '--page-order', 'shuffled');
my @actions = map { $_->{action} } @pages = pages();
like "@actions", qr/remove_members.*add_members.*remove_members/, '... and the actions are mixed';
$state = begin(('together:4') x 8);
sync($state, who(1 .. 8), '--batch', 1, '--parallel', 4);
is_deeply [$status, scalar(pages())], [0, 8], '--parallel 4: four pages at a time';

# What pauses a sync: nothing more is sent, until --resume.
for my $code (400, 401, 403, 404) {
	$state = begin(200, qq($code:{"action":"add_members","status":"failure","error":{"message":"no \\u001b[31m hook","code":$code}}));
	sync($state, who('a'));
	is sync($state, who(qw(a b))), 69, "$code: exit 69";
	is scalar(my @sent = pages()), 2, '... after one attempt';
	my $why = "$code, no \\x1b[31m hook";
	like $err, qr/^mixspool send: cohort 7 is paused, until --resume: \Q$why\E$/m, '... which pauses the sync';
	is sync($state, who(qw(a b))), 69, '... the next run';
	is $err, "mixspool send: cohort 7 is paused, --resume goes on: $why\n", '... says so';
	is_deeply [pages()], [], '... and sends nothing';
	is sync($state, who(qw(b c)), '--resume'), 0, '... --resume';
	is_deeply [shape(pages())], ['add_members 1/1: b c', 'remove_members 1/1: a'],
	    '... sends the differences against the last success';
	is sync($state, who(qw(b c))), 0, '... and the next one goes on without it';
}

# The error's message is bounded, and shows nobody.
sub shown {
	my ($message, $properties) = @_;
	$state = begin('400:' . encode_json({ action => 'members', status => 'failure',
				error => { message => $message, code => 400 } }));
	sync($state, new_file(encode_utf8(profile('someone', $properties))));
	return $err =~ /until --resume: (.*)$/m ? $1 : $err;
}
like shown('x' x 3000, '"a":1'), qr/^400, x{255}$/, 'a long message is cut';
is shown('no user anna', '"a":"Anna"'), '400', 'one that repeats a user is not shown';
is shown('no user Jörg', '"a":"J\u00f6rg"'), '400', '... however it is written';
is shown('members: no email of lapsed', '"a":"Anna"'), '400, members: no email of lapsed',
    'one about the page is';
$state = begin("401:<html>\nlogin");
sync($state, who('a'));
like $err, qr/until --resume: 401, <html>$/m, 'an answer without JSON is shown by its first line';

# What is temporary: 5 more attempts, then the next run, which sends all of it again.
my $failed = '{"action":"members","status":"failure","error":{"message":"full","code":503}}';
for my $answer (429, 500, 503, 'close', 'truncated', '200:ok', '200:{"action":"members"}', "200:$failed",
	'200:{"action":"add_members","status":"success"}', '200:["success"]', '200:{"status":"success"}',
	'200:{"action":"members","status":"success"}' . ' ' x 5000) {
	my $name = substr $answer, 0, 60;
	$state = begin(($answer) x 5);
	is sync($state, who('a')), 0, "$name: is tried again";
	is scalar(pages()), 6, '... five times';
	$state = begin(($answer) x 6);
	is sync($state, who('a')), 75, '... and is given up then: exit 75';
	is scalar(pages()), 6, '... after as many';
	like $err, qr/^mixspool send: cohort 7: 0 of 1 page delivered; the next sync sends all of them again$/m,
	    '... with the pages';
	sync($state, who(qw(b)));
	is_deeply [shape(pages())], ['members 1/1: b'], '... and the snapshot has not moved';
}
like $err, qr/^$/, 'a success says nothing more';
$state = begin(200, 200, '503:{"error":{"message":"disk full"}}');
sync($state, who('a'));
sync($state, who(qw(b)), '--retries', 0);
like $err, qr/^mixspool send: POST 2: 1 user left after 1 attempt; the last one: 503, disk full$/m,
    'a failure is reported with its message';
pages();
sync($state, who(qw(b)));
is_deeply [shape(pages())], ['add_members 1/1: b', 'remove_members 1/1: a'],
    'a page that was delivered is sent again when the sync failed';
# Pages of a failed sync may have been taken: whoever was in them is in the next one.
$state = begin((200) x 3, 503);
sync($state, who(qw(a b c)));
sync($state, who(qw(b c d)));
sync($state, who(qw(b d e)), '--retries', 0);
for my $n (1, 2) {
	sync($state, who(qw(c d)), '-n');
	is_deeply [shape(map { decode_json($_) } split /^/, $out)],
	    ['add_members 1/1: c', 'remove_members 1/1: b e'], 'who entered or left in a failed sync is in the next one';
}
pages();
is sync($state, who(qw(c d))), 0, 'the next sync';
is_deeply [shape(pages())], ['add_members 1/1: c', 'remove_members 1/1: b e'], '... has them, by where they are now';
sync($state, who(qw(c d)));
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1:'], '... once';
$state = begin(503);
sync($state, who('a', 'b'), '--first', 'add', '--retries', 0);
pages();
sync($state, who('a'), '--first', 'add');
is_deeply [shape(pages())], ['add_members 1/1: a', 'remove_members 1/1: b'], '... also of a first sync';
$state = begin(503);
sync($state, who('a'), '--retries', 0);
pages();
sync($state, who('a', 'b'));
is_deeply [shape(pages())], ['members 1/1: a b'], 'a first sync that failed is the first once more';

# What is not documented is tried once, and pauses nothing.
for my $code (301, 405, 408, 413, 415, 422) {
	$state = begin($code);
	is sync($state, who('a')), 69, "$code: exit 69";
	is scalar(pages()), 1, '... after one attempt';
	is sync($state, who('a')), 0, '... and the next run tries again';
}

# After three days of failures everybody is sent.
$state = begin((200) x 6, 503, (200) x 3, 503);
my $set = sub { sql($state, 'UPDATE cohort SET ' . $_[0]) };
sync($state, who(qw(a b)), '--first', 'add');
$set->('synced = unixepoch() - 300000');
sync($state, who(qw(a c)));
$set->('synced = unixepoch() - 300000');
pages();
sync($state, who(qw(a c)));
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1:'],
    'three days without a run: the differences';
is sync($state, who(qw(a d)), '--retries', 0), 75, 'a sync that fails';
$set->('synced = unixepoch() - 258000');
pages();
is sync($state, who(qw(a d))), 0, '... the next one, within three days of the last success';
is_deeply [shape(pages())], ['add_members 1/1: d', 'remove_members 1/1: c'],
    '... sends the differences';
is sql($state, 'SELECT failing IS NULL, synced > unixepoch() - 600 FROM cohort'), '1|1',
    '... and is a success';
$state = begin(200, 200, 503);
sync($state, who(qw(a b)), '--first', 'add');
sync($state, who(qw(a)), '--retries', 0);
$set->('synced = unixepoch() - 259300');
pages();
is sync($state, who(qw(a d)), '--first', 'add'), 0, 'after three days of failures';
is_deeply [shape(pages())], ['members 1/1: a d'], '... everybody is sent, as members';
sync($state, who(qw(d)));
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1: a'], '... and then the differences';

# Nobody leaves because a profile cannot be read.
$state = begin();
sync($state, who(qw(a b)));
pages();
is sync($state, new_file(profile('a'), "{\"x\":1}\n")), 65, 'a line that is not a profile: exit 65';
like $err, qr/^mixspool send: nothing is sent: who cannot be read would leave the cohort$/m, '... with the reason';
is sync($state, [who('a'), 'tests/no such file']), 66, 'a file that is not there: exit 66';
is sync($state, [who('a'), '/proc/self/mem']), 71, 'one that cannot be read: exit 71';
is_deeply [pages()], [], '... and nothing is sent';
is sync($state, who('a')), 0, 'the next run';
is_deeply [shape(pages())], ['add_members 1/1:', 'remove_members 1/1: b'], '... sends the differences';

# A dry run prints the pages.
$state = begin();
sync($state, who(qw(a b)), '-n');
is_deeply [shape(map { decode_json($_) } split /^/, $out)], ['members 1/1: a b'], 'a dry run prints the pages';
like $err, qr/^mixspool send: would send 1 page to http/, '... and counts them';
ok !-e $state, '... without a state';
sync($state, who(qw(a b)));
pages();
for (1, 2) {
	sync($state, who(qw(b c)), '-n');
	is_deeply [shape(map { decode_json($_) } split /^/, $out)],
	    ['add_members 1/1: c', 'remove_members 1/1: a'], '... the differences, too';
}
is_deeply [pages()], [], '... and sends nothing';

# --watch is one sync each time.
$state = begin();
my $watched = who(qw(a b));
my $watcher = spawn([program('mixspool'), 'send', '--watch', 1, '--cohort', 7, '--state', $state,
		$recorder->{url}, $watched], out => '/dev/null');
wait_until { scalar(requests($recorder)) >= 1 } 'the first sync';
spew("$watched.new", profile('b') . profile('c'));
rename "$watched.new", $watched;
wait_until { grep { /c/ } map { shape($_->{json}) } requests($recorder) } 'a sync that has the new one';
wait_until { sql($state, 'SELECT group_concat(user) FROM member') eq 'b,c' } 'the snapshot to move';
is stop($watcher), 0, '--watch ends well';
is((shape(pages()))[0], 'members 1/1: a b', '... after a first sync');

# One process at a time; a kill leaves the snapshot where it was.
$state = begin(200, 'together:9');
sync($state, who('a'));
my @command = (program('mixspool'), 'send', '--cohort', 7, '--state', $state, $recorder->{url}, who('b'));
my $first_send = spawn([@command]);
wait_until { scalar(requests($recorder)) == 2 } 'the first send';
is sync($state, who('c')), 75, 'a second send of the cohort: exit 75';
is $err, "mixspool send: $state: another send of cohort 7 is running\n", '... with the reason';
is sync($state, who('c'), '-n'), 0, '... while a dry run may look';
stop($first_send, 'KILL');
pages();
is sync($state, who('c')), 0, 'after a kill';
is_deeply [shape(pages())], ['add_members 1/1: c', 'remove_members 1/1: a b'],
    '... the snapshot is where it was, and who was on the way is sent again';

# Of several states, each is for its own use.
($status, undef, $err) = tool('send', '--campaign', 'c', '--state', $state, $recorder->{url}, who('a'));
is $status, 73, 'a cohort\'s state for a campaign: exit 73';
is $err, "mixspool send: $state: it is the state of cohorts, which --cohort takes\n", '... with the reason';
$state = begin();
tool('send', '--campaign', 'c', '--state', $state, $recorder->{url}, who('a'));
is sync($state, who('a')), 73, 'and the other way round';
is $err, "mixspool send: $state: it is the state of campaigns, which --campaign takes\n", '... with the reason';
is_deeply [pages()], [], '... and nothing is sent';

# Faults on purpose: everybody is delivered in the end, and some twice.
$state = begin();
my @faults = ('--drop-answers', '20%', '--cut-bodies', '15%', '--duplicate', '30%', '--retries', 20,
	'--batch', 2, '--page-order', 'shuffled', '--parallel', 3);
is sync($state, who(1 .. 100), @faults), 0, 'with faults';
like $out, qr/, \d+ missing \(\d+ dropped and \d+ cut off on purpose\), \d+ sent again on purpose$/m, '... of each kind';
my %got = map { $_ => 1 } map { split / /, ids_of($_) } @pages = pages();
is_deeply [sort { $a <=> $b } keys %got], [1 .. 100], '... everybody arrives';
cmp_ok scalar(@pages), '>', 50, '... some twice';
is sync($state, who(31 .. 130), @faults, '--seed', 2), 0, '... and so do the differences';
is_deeply [sort { $a <=> $b } map { split / /, $_ } sql($state, 'SELECT user FROM member') =~ /\d+/g], [31 .. 130],
    '... which the state has';

# What does not go together.
my $url = 'http://127.0.0.1:1/';
for my $case (
	['--cohort', 7], ['--cohort', '', '--state', 's'], ['--cohort', ':x', '--state', 's'],
	['--cohort', '7:', '--state', 's'], ['--cohort', "7:\xff", '--state', 's'],
	['--cohort', 7, '--state', 's', '--campaign', 'c'], ['--cohort', 7, '--state', 's', '--repeat', 2],
	['--cohort', 7, '--state', 's', '--batch', 1001], ['--cohort', 7, '--state', 's', '--first', 'x'],
	['--cohort', 7, '--state', 's', '--page-order', 'x'], ['--cohort', 7, '--state', 's', '--stream'],
	['--resume'], ['--project', 1], ['--first', 'add'], ['--page-order', 'shuffled'],
	['--alert', '--stream'], ['--alert', 'file'], ['--alert', '--sample', 1], ['--stream', '--batch', 501],
	['--stream', '--campaign', 'c', '--state', 's']) {
	$_ = folder() . '/unused.db' for grep { $_ eq 's' } @$case;
	is((tool('send', $url, @$case))[0], 64, join(' ', @$case) =~ s/\xff/?/r . ': exit 64');
}

done_testing;
