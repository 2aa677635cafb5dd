#!/usr/bin/env perl
# mixspool once: who enters and who leaves passes, each once, and STATE changes only
# when the command has succeeded.

use strict;
use warnings;
use States;
use Test::More;
use Testbed;

my $base = folder();
my $state;
sub begin { $state = new_state() }

# A line of a cohort. about: session, page, total, and what is not usual.
sub line_of {
	my ($id, $action, %about) = @_;
	my $page = exists $about{page} ? $about{page} : 1;
	my $total = exists $about{total} ? $about{total} : 1;
	my $session = exists $about{session} ? $about{session} : 's1';
	my $cohort = join ',', qq("action":"$action"),
	    '"mixpanel_project_id":"7"', '"mixpanel_cohort_id":"' . ($about{cohort} // 12) . '"',
	    '"mixpanel_cohort_name":"' . ($about{name} // 'Loyal') . '"',
	    defined $session ? qq("mixpanel_session_id":"$session") : (),
	    defined $page ? qq("page_info":{"total_pages":$total,"page_count":$page}) : ();
	return "{\"\$cohort\":{$cohort}}\n" if !defined $id;
	$id = qq("$id") if $id !~ /^"/;
	return "{\"\$distinct_id\":$id,\"\$properties\":{\"a\":1},\"\$cohort\":{$cohort}}\n";
}

# Lines through once. What passed, and the exit status and messages.
sub once {
	my ($lines, @command) = @_;
	my $options = ref $command[0] ? shift @command : [];
	my $environment = ref $command[0] ? shift @command : {};
	spew("$base/in", $lines);
	spew("$base/$_", '') for qw(out err);
	my $pid = spawn([program('mixspool'), 'once', $state, @$options, '--',
			@command ? @command : 'cat'], in => "$base/in",
		out => "$base/out", err => "$base/err", env => $environment);
	my $status = exit_of(reap($pid));
	return wantarray ? (slurp("$base/out"), $status, slurp("$base/err")) : slurp("$base/out");
}
sub page { my ($ids, @about) = @_; return join '', map { line_of($_, 'members', @about) } @$ids }
sub add { return line_of($_[0], 'add_members', session => 'd', @_[1 .. $#_]) }
sub remove { return line_of($_[0], 'remove_members', session => 'd', @_[1 .. $#_]) }

# "+a" enters, "-a" leaves, "~a" leaves by what a snapshot lacks.
sub changes {
	my ($lines) = @_;
	return join ' ', sort map {
		my ($id) = /"\$distinct_id":"?([^",]*)/;
		(/"inferred":true/ ? '~' : /remove_members/ ? '-' : '+') . $id;
	} split /\n/, $lines;
}
sub roster {
	my ($status, $out) = tool('members', $state, 'default', @_ ? @_ : 12);
	return $status ? "exit $status" : join ' ', split /\n/, $out;
}

# A full sync in two pages.
begin();
is changes(once(page(['a', 'b'], page => 1, total => 2))), '+a +b', 'a page: all enter';
is changes(once(page(['a', 'b'], page => 1, total => 2))), '', '... once';
is changes(once(page(['c'], page => 2, total => 2))), '+c', 'the other page';
is roster(), 'a b c', 'all are in';
is changes(once(page(['c', 'd'], page => 2, total => 2, session => 's2'))), '+d',
    'a page of the next sync: nobody leaves yet';
is changes(once(page(['a'], page => 1, total => 2, session => 's2'))), '~b',
    '... until the sync is whole';
is roster(), 'a c d', '... and the rest is in';


# Pages in any order, twice, and in one run.
for my $order ([1, 2, 3], [3, 2, 1], [2, 2, 3, 1, 1], [1, 1, 3, 3, 2, 2]) {
	my %page = (1 => ['a', 'b'], 2 => ['c'], 3 => ['d', 'a']);
	for my $is_one_run (0, 1) {
		begin();
		once(page(['b', 'x', 'y'], session => 's0'));
		my @pages = map { page($page{$_}, page => $_, total => 3) } @$order;
		my @seen = map { split ' ', changes(once($_)) } $is_one_run ? join('', @pages) : @pages;
		is join(' ', sort @seen), '+a +c +d ~x ~y',
		    "pages @$order" . ($is_one_run ? ' in one run' : '');
		is roster(), 'a b c d', '... and who is in';
	}
}

# A line that is inferred says of which cohort, and of no page.
begin();
once(page(['a', '"b\\"\\u00e4"'], session => 's0', name => 'Old'));
is once(page(['a'], session => 's1', name => 'New')),
    '{"$distinct_id":"b\"' . "\xc3\xa4" . '","$properties":{},"$cohort":{"action":"remove_members",'
    . '"mixpanel_project_id":"7","mixpanel_cohort_id":"12","mixpanel_cohort_name":"New",'
    . '"mixpanel_session_id":"s1","inferred":true}}' . "\n", 'a line that is inferred';
like +(tool('members', $state))[1], qr/^default\t7\t12\tNew\t1\t2\d{3}-/m, 'the latest name counts';

# Sessions: a newer one voids an older one, whose pages then do nothing.
begin();
once(page(['a', 'b', 'c'], session => 's0'));
once(page(['a'], page => 1, total => 2, session => 's1'));
is changes(once(page(['b'], session => 's2'))), '~a ~c', 'a newer sync is whole';
is changes(once(page(['c'], page => 2, total => 2, session => 's1'))), '',
    'the rest of the older one does nothing';
is changes(once(page(['a', 'b', 'c'], session => 's0'))), '', '... nor does a finished one';
is roster(), 'b', '... and nobody came back';
is changes(once(page(['b'], session => 's2'))), '', 'the newest once more: nothing';
is changes(once(page(['b', 'z'], session => 's2'))), '+z',
    'somebody else in it: the page was not all there';

# Additions and removals in the middle of a sync.
begin();
once(page(['a', 'b', 'c'], session => 's0'));
once(page(['a'], page => 1, total => 2, session => 's1'));
is changes(once(add('new') . remove('c') . remove('late'))), '+new -c', 'they apply at once';
is changes(once(add('b'))), '', 'an addition of one who is in';
is changes(once(page(['c', 'late'], page => 2, total => 2, session => 's1'))), '',
    'the last page has one who was removed meanwhile, and one who was never in';
is roster(), 'a b new', '... who stay out; who was added stays in';
is changes(once(page(['c'], page => 2, total => 2, session => 's1'))), '',
    'and once more, after the end';
is changes(once(add('c'))), '+c', 'a later addition';
is changes(once(page(['c', 'late'], session => 's2'))), '+late ~a ~b ~new', 'the next sync';

# Additions and removals alone.
begin();
is changes(once(add('a') . add('a') . remove('a') . remove('a') . add('a'))), '+a +a -a',
    'in, out and in again, each once';
is changes(once(remove('b'))), '', 'a removal of one who was never in';
is changes(once(page(['b'], session => 's0'))), '+b ~a', 'does not keep a sync from adding';

# Never by what is not whole.
for my $case (
	['two totals', { page => 1, total => 2 }, { page => 2, total => 3 }, { page => 3, total => 3 }],
	['page 0', { page => 0, total => 1 }],
	['a page beyond the total', { page => 2, total => 1 }],
	['a page that is text', { page => '"one"', total => 1 }],
	['a page that is an object', { page => '{}', total => 1 }],
	['a page that is null', { page => 'null', total => 1 }],
	['a negative page', { page => '-1', total => 1 }],
	['a fraction', { page => '1.0', total => 1 }],
	['no total', { page => '1', total => '0' }],
	['pages without a session', map { { page => $_, total => 2, session => undef } } 1, 2],
) {
	my ($name, @pages) = @$case;
	for my $is_one_run (0, 1) {
		begin();
		once(page(['gone'], session => 's0'));
		my $n = 0;
		my @lines = map { page(['p' . ++$n], session => 's1', %$_) } @pages;
		my ($out, $status, $err) = once($is_one_run ? join('', @lines) : $lines[0]);
		my @messages = $err;
		push @messages, (once($_))[2] for $is_one_run ? () : @lines[1 .. $#lines];
		like "@messages", qr/nobody leaves by such a sync/, "$name: reported";
		is $status, 0, '... exit 0';
		is roster(), join(' ', 'gone', map {"p$_"} 1 .. $n), '... all come in, and nobody leaves';
		is changes(once(page(['p1'], session => 's2'))), join(' ', sort '~gone', map {"~p$_"} 2 .. $n),
		    '... until the next sync';
	}
}
begin();
once(page(['gone'], session => 's0'));
once(page(['a'], page => '"1"', total => '"2"'));
is changes(once(page(['b'], page => 2, total => 2))), '+b ~gone', 'numbers in quotes are numbers';
begin();
once(page(['gone'], session => 's0'));
once(page(['a'], page => 0, total => 2));
is changes(once(page(['a'], page => 1, total => 2) . page(['b'], page => 2, total => 2))), '+b ~gone',
    'after a page without a number the right ones make a sync whole';

# No page_info: page 1 of 1. No session: one of its own.
begin();
is changes(once(page(['a', 'b'], page => undef))), '+a +b', 'no page_info';
is changes(once(page(['b'], page => undef, session => 's2'))), '~a', '... is a whole sync';
is changes(once(page(['c'], session => undef))), '+c ~b', 'no session is one of its own';
is changes(once(page(['c', 'd'], session => undef, page => undef))), '+d', '... each time';
is changes(once(page(['c'], session => ''))), '~d', 'an empty session is none';

# An empty page has its place; one of an addition does nothing.
begin();
once(page(['a', 'b'], session => 's0'));
is changes(once(line_of(undef, 'members', page => 2, total => 2))), '', 'an empty page';
is changes(once(page(['a'], page => 1, total => 2))), '~b', '... completes a sync';
is changes(once(line_of(undef, 'members', session => 's9'))), '~a', 'a cohort that is empty now';
is roster(), '', '... has nobody';
is changes(once(line_of(undef, 'add_members') . line_of(undef, 'remove_members'))), '', 'empty differences';

# Part of a batch: nobody leaves before a run of whole ones.
begin();
once(page(['a', 'b', 'c'], session => 's0'));
is changes(once(page(['a'], session => 's1'), [], { MIXSPOOL_PART => 1 })), '', 'a part of the last page';
is changes(once(page(['b'], session => 's1'), [], { MIXSPOOL_PART => 1 })), '', '... and another';
my $after = once('{"an":"event"}' . "\n");
like $after, qr/^\{"an":"event"\}\n\{"\$distinct_id":"c".*"inferred":true\}\}\n\z/,
    'whole batches: who is missing leaves';

# Who is who.
begin();
is changes(once(add('"1"') . add('x'))), '+1 +x', 'an id that is text';
is changes(once(q({"$distinct_id":1,"$properties":{},"$cohort":{"action":"add_members",)
	. q("mixpanel_project_id":7,"mixpanel_cohort_id":12}}) . "\n")), '', '... is the same as a number';
is changes(once(add('x', cohort => 13))), '+x', 'another cohort is another one';
is changes(once(add('x'), [], { MIXSPOOL_CAMPAIGN => 'vip' })), '+x', '... so is another campaign';
is changes(once(add('"\\u0078"'))), '', 'an escape is the character';

# Users of the form.
sub users { return join '', map {"{\"\$distinct_id\":\"$_\",\"\$properties\":{}}\n"} @_ }
begin();
is changes(once(users('a', 'b', 'a'))), '+a +b', 'users of the form enter once';
is changes(once(users('a', 'c'))), '+c', '... also in another run';
is changes(once(users('a'), [], { MIXSPOOL_CAMPAIGN => 'vip' })), '+a', '... of each campaign';
is changes(once(users('a'), ['--again', '30d'])), '', '--again: too early';
age_state($state, 30 * 86400);
is changes(once(users('a'))), '', 'after 30 days: not without --again';
is changes(once(users('a'), ['--again', '30d'])), '+a', '... with it';
is changes(once(users('a'), ['--again', '30d'])), '', '... once';

# Lines longer than what is read at a time, and one without an end.
begin();
my $long = add('l') =~ s/"a":1/'"a":"' . 'x' x 9_000_000 . '"'/er;
my $three = add('b') . $long . add('e');
ok once($three) eq $three, 'a line of nine megabytes passes as it came';
is changes(once(chomp($three) ? $three . "\n" . remove('e') =~ s/\n\z//r : '')), '-e',
    '... once, and a line without an end is one';
is roster(), 'b l', '... and who is in';

# Alerts and events.
begin();
my $event = '{"event":"Sign up","properties":{"$insert_id":"i1"}}' . "\n";
is once("$event$event"), "$event$event", 'events pass';
is once("$event$event", ['--key', '$insert_id']), $event, '--key: once each';
is once($event, ['--key', '$insert_id']), '', '... also in another run';
is once('{"alert_id":5}' . "\n" . '{"alert_id":"5"}' . "\n" . '{"alert_id":6}' . "\n" . "{}\n" . "{}\n",
	['--key', 'alert_id']), '{"alert_id":5}' . "\n" . '{"alert_id":6}' . "\n{}\n{}\n",
    '--key: of the object itself, too; without the key all pass';

is_deeply [(once('{"k":"a"}' . "\n" . '{"k":"\ud800"}' . "\n{}\n", ['--key', 'k']))[0, 1]], ['', 65],
    '--key: half a pair of surrogates is no value';
like +(once('{"k":"a"}' . "\n" . '{"k":"\ud800"}' . "\n{}\n", ['--key', 'k']))[2],
    qr/ line 2 cannot be taken: it has half a pair of surrogates;/, '... and which line';
is once('{"k":"\ud800","l":"\ud83d\ude00\u0000"}' . "\n", ['--key', 'l']), '{"k":"\ud800","l":"\ud83d\ude00\u0000"}' . "\n",
    '... another member may have it';

# The command.
begin();
my ($out, $status, $err) = once(users('a', 'b'), [], { MIXSPOOL_USERS => 2 }, 'sh', '-c', 'echo $MIXSPOOL_USERS; cat; echo no >&2; exit 3');
is $status, 3, 'its exit status';
is $out, "2\n" . users('a', 'b'), '... its MIXSPOOL_USERS and its lines';
is $err, "no\n", '... nothing is added';
is changes(once(users('a', 'b'), ['--key', 'k'], {}, 'sh', '-c', 'cat; kill -9 $$')), '+a +b', 'all again';
is +(once(users('a'), [], {}, 'sh', '-c', 'kill -9 $$'))[1], 137, 'a command that is killed: 128 and the signal';
is changes(once(users('a', 'b'))), '+a +b', '... and all again';
is_deeply [once(users('a'), [], {}, 'false')], ['', 0, ''], 'nobody: the command is not run';
is_deeply [once('', [], {}, 'false')], ['', 0, ''], '... nor without lines';
is +(once(users('c'), [], {}, 'sh', '-c', 'cat >/dev/null; ls -l /proc/$$/fd | grep -c deleted'))[0], "1\n",
    'it has one of our files';
($out, $status, $err) = once(users('d'), [], {}, "$base/none");
is "$out$status", '64', 'no such command: exit 64';
like $err, qr{^mixspool once: cannot run \Q$base\E/none: No such file or directory$}m, '... and why';

# Lines that cannot be taken.
for my $bad ('{"a":', 'x', '[]', '1', '{"$distinct_id":"1","$properties":{}} x', '{"$distinct_id":"","$properties":{}}',
	'{"$distinct_id":{},"$properties":{}}', '{"$distinct_id":null,"$properties":{}}',
	'{"$distinct_id":"secret","$cohort":{"action":"join"}}', '{"$cohort":{"action":7}}', '{"$cohort":{}}',
	'{"$distinct_id":"secret\ud800","$properties":{}}', '{"$distinct_id":"\udc00\ud800","$properties":{}}',
	'{"$distinct_id":"1","$cohort":{"action":"add_members","mixpanel_cohort_id":"secret\ud800\u0041"}}') {
	begin();
	($out, $status, $err) = once(users('a') . "$bad\n" . users('b'));
	is "$out$status", '65', "$bad: exit 65";
	like $err, qr/^mixspool once: line 2 cannot be taken: .*; nothing is changed$/, '... and which line';
	unlike $err, qr/secret/, '... without data';
	is changes(once(users('a'))), '+a', '... and nothing has changed';
}

# --profiles.
begin();
once(page(['a', 'b'], session => 's0'), ['--profiles']);
is +(tool('members', $state, 'default', 12, '--json'))[1] =~ tr/\n//, 2, 'profiles of two';
like +(tool('members', $state, 'default', 12, '--json'))[1], qr/^\{"\$distinct_id":"a","since":"[^"]+","\$properties":\{"a":1\}\}$/m, '... are kept';
once(line_of('a', 'add_members', session => 'd') =~ s/"a":1/"a":2/r, ['--profiles']);
like +(tool('members', $state, 'default', 12, '--json'))[1], qr/"a",.*\{"a":2\}/, '... the last one';
once(page(['a'], session => 's1'), ['--profiles']);
is state_sql($state, 'SELECT count(*) FROM profile'), "1\n", 'who leaves has none';
once(remove('a'), ['--profiles']);
is state_sql($state, 'SELECT count(*) FROM profile'), "0\n", '... by a removal, too';
once(add('a'), ['--profiles']);
once(add('b'));
is state_sql($state, 'SELECT count(*) FROM profile'), "0\n", 'without --profiles there are only ids';
is is_file() ? (stat $state)[2] & 07777 : 0600, 0600, 'STATE is for its owner alone';

# drain and its keeper are killed while they write: the input ends early, and what is
# missing of a page must not be taken for people who left.
begin();
once(page(['a', 'b', 'c']));
for my $case ([2, 'lines are missing'], [3, '... or a part of the last one']) {
	my ($given, $name) = @$case;
	my $page = page(['a', 'b', 'd'], session => 's2');
	$page = $given == 2 ? join('', (split /^/, $page)[0, 1]) : substr $page, 0, -9;
	my ($passed, $end, $message) = once($page, [], { MIXSPOOL_USERS => 3 }, 'cat');
	is "$passed$end", $given == 2 ? 75 : 65, $name;
	like $message, $given == 2
	    ? qr/^mixspool once: the input ends after 2 of 3 lines; nothing is changed$/
	    : qr/^mixspool once: line 3 cannot be taken: /, '... which is said';
	is roster(), 'a b c', '... and nobody has left';
}

done_testing();
