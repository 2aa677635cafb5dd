#!/usr/bin/env perl
# Runs of mixspool once that share their state in PostgreSQL: those on one cohort follow
# each other, others do not wait, none is lost, and each entry and exit passes once.

use strict;
use warnings;
use States;
use Test::More;
use SharedRuns;
use Testbed;

$ENV{TEST_STATE} = 'postgresql';
my $base = folder();
my $state = state_is(new_state());

# Two on one cohort: the second waits. On another one, and on a form, it does not, nor
# does a full sync that a part left whole keep others waiting.
once(line_of('z', 'members', cohort => 13), ['cat'], env => { MIXSPOOL_PART => 1 });
my $first = start(add(12, 'a') . add(13, 'y'), holds('first'));
runs('first');
my $second = start(add(12, 'a', 'b'), ['cat']);
wait_until { waiting() == 1 } 'the second to wait';
for my $users ('', 1) {
	my ($status, $run) = once(add(14, "c$users"), ['cat'], env => { MIXSPOOL_USERS => $users });
	is $status . out($run), "0c$users", 'a run on another cohort does not wait';
}
is +(once(qq({"\$distinct_id":"u","\$properties":{}}\n), ['cat']))[0], 0, '... nor one on the form';
is roster(), '', 'members reads what was before';
go('first');
is end($first) . end($second), '00', 'both runs on one cohort succeed';
is out($first) . ', ' . out($second), 'a y, b', '... who is in enters once';
is roster(), 'a b', '... and both are in';
is roster(13), 'y z', '... the other cohort, too';

# One that fails changes nothing for the one that waits.
$first = start(add(12, 'c', 'd'), holds('fail', 'exit 1'));
runs('fail');
$second = start(add(12, 'd'), ['cat']);
wait_until { waiting() == 1 } 'the second to wait';
go('fail');
is end($first) . end($second) . out($second), '10d', 'the first one fails, and the second has its line';
is roster(), 'a b d', '... and who is in';

# Killed at its command, and while it waits: no lock is left.
$first = start(add(12, 'e'), holds('killed'));
runs('killed');
$second = start(add(12, 'f'), ['cat']);
wait_until { waiting() == 1 } 'the second to wait';
kill 'KILL', $second->{pid};
is end($second), 137, 'a run that waits is killed';
wait_until { waiting() == 0 } 'the server to see it';
kill 'KILL', $first->{pid};
is end($first), 137, 'a run is killed at its command';
go('killed');
is_deeply [(once(add(12, 'e', 'f'), ['cat']))[0], roster()], [0, 'a b d e f'], '... the next one goes on';

# The timeouts of the role do not count.
state_sql($state, map {"ALTER ROLE runner SET $_ = '300ms'"} qw(statement_timeout lock_timeout idle_in_transaction_session_timeout));
$first = start(add(12, 'h'), holds('slow'));
runs('slow');
$second = start(add(12, 'i'), ['cat']);
wait_until { 0 + state_sql($state, q(SELECT count(*) FROM pg_stat_activity WHERE usename = 'runner' AND now() - state_change > '400ms')) == 2 } 'both to be slow';
go('slow');
is end($first) . end($second), '00', 'no timeout ends a command, or who waits';
is roster(), 'a b d e f h i', '... and both are in';
state_sql($state, 'ALTER ROLE runner RESET ALL');

# Two runs that wait for each other, which takes more lines than are judged together.
my @many = map {"m$_"} 1 .. 16384;
once(add(20, 'x') . add(21, 'x'), ['cat']);
my @pair = (start(add(20, @many) . add(21, 'p'), ['cat']), start(add(21, @many) . add(20, 'q'), ['cat']));
my @ended = map { end($_) } @pair;
like "@ended", qr/\A(?:0 0|0 75|75 0)\z/, 'two runs that cross: one succeeds';
for my $i (grep { $ended[$_] } 0, 1) {
	like err($pair[$i]), qr/another run waits for a cohort of this one; nothing is changed$/, '... the other one reports it';
	is +(once(slurp("$base/in.$pair[$i]{n}"), ['cat']))[0], 0, '... and is handed over again';
}
is join(' ', map { (tool('members', $state, 'default', $_, '--count'))[1] + 0 } 20, 21), '16386 16386', '... and all are in';

# A key passes once, and runs that have the same in another order do not cross.
my @events = map {qq({"k":"$_"}\n)} 1 .. 50;
my @keys = map { start(join('', $_ % 2 ? @events : reverse @events), ['cat'], options => ['--key', 'k']) } 1 .. 4;
is join(' ', map { end($_) } @keys), '0 0 0 0', 'four runs with the same keys';
my @handed = map { slurp("$base/out.$_->{n}") =~ /"k":"(\d+)"/g } @keys;
is join(' ', sort { $a <=> $b } @handed), join(' ', 1 .. 50), '... each key passes once';

# Pages of syncs of two cohorts, from three machines at a time: exact.
$state = state_is(new_state());
my (%is_in, @waiting, @ran);
for my $sync (1 .. 3) {
	my @pages;
	for my $cohort (12, 13) {
		my @ids = grep { ($_ + $sync + $cohort) % 3 } 1 .. 120;
		$is_in{$cohort} = join ' ', sort map {"u$_"} @ids;
		push @pages, map {
			my $page = $_;
			join '', map { line_of("u$ids[$_]", 'members', cohort => $cohort, session => "s$sync", total => 8, page => $page) }
			    grep { $_ % 8 == $page - 1 } 0 .. $#ids
		} 1 .. 8;
	}
	@pages = map { $pages[ $_ * 5 % 16 ] } 0 .. 15;
	while (@pages) {
		push @ran, start(join('', splice @pages, 0, 1 + @pages % 2), ['cat']);
		push @waiting, $ran[-1];
		next if @pages && @waiting < 3;
		my $next = shift @waiting;
		is end($next), 0, 'a run of three' or diag err($next);
	}
	end($_) == 0 or fail('a run') for splice @waiting;
	is roster($_), $is_in{$_}, "sync $sync of cohort $_" for 12, 13;
}
my %balance;
for my $run (@ran) {
	for my $line (split /\n/, slurp("$base/out.$run->{n}")) {
		my ($id, $action, $cohort) = $line =~ /distinct_id":"(\w+)".*"action":"(\w+)".*cohort_id":"(\d+)"/;
		push @{ $balance{"$cohort $id"} }, $action eq 'remove_members' ? -1 : 1;
	}
}
my @wrong = grep {
	my ($cohort, $id) = split / /;
	my $sum = 0;
	$sum += $_ for @{ $balance{$_} };
	$sum != ($is_in{$cohort} =~ /\b$id\b/ ? 1 : 0)
} keys %balance;
is_deeply \@wrong, [], 'each entry and each exit was handed over once';

# A sync that has waited on a machine that was down while the next one came.
for my $case (
	['came earlier', [qw(20261128T100000.000001Z 20261128T100000.000002Z)], 'b c', ''],
	['may have come later', [qw(20261128T100000.000001Z 20261128T100000.000003Z)], 'a', 'a'],
	['came later', [qw(20261128T100001.000000Z 20261128T100001.000000Z)], 'a', 'a'],
	['came nobody knows when', [], 'a', 'a'],
) {
	my ($what, $came, $is_in, $entered) = @$case;
	my $times = sub { return { map { ("MIXSPOOL_$_" => shift) } qw(FIRST LAST) } };
	state_is(new_state());
	once(join('', map { line_of($_, 'members', session => 'new') } qw(b c)), ['cat'], env => $times->(('20261128T100000.000003Z-1-2-3.jsonl') x 2));
	my ($status, $run) = once(line_of('a', 'members', session => 'old'), ['cat'],
		env => @$came ? $times->(map {"$_-4-5-6.jsonl"} @$came) : {});
	is_deeply [$status, roster(), out($run) =~ /a/g], [0, $is_in, $entered || ()], "a sync that $what";
}
$state = state_is(new_state());

# Many statements that are sent ahead.
my $users = join '', map {qq({"\$distinct_id":"p$_","\$properties":{"n":$_}}\n)} 1 .. 1000;
is +(once($users . add(40, 1 .. 500), ['cat'], options => ['--profiles']))[0], 0, 'a thousand profiles';
is state_sql($state, q(SELECT count(*), sum((properties::json ->> 'n')::int) FROM members WHERE project = '')), "1000|500500\n", '... are kept';
is roster(40), join(' ', sort 1 .. 500), '... and who is in the cohort behind them';

# Longer than an index of PostgreSQL takes.
my $long = 'x' x 5000;
my $longs = line_of("id-$long", 'add_members', cohort => "cohort-$long") . line_of('b', 'members', cohort => 31, session => "session-$long")
    . qq({"k":"key-$long"}\n{"k":"other-$long"}\n{"\$distinct_id":"$long","\$properties":{"a":1}}\n);
is +(once($longs, ['cat'], options => ['--profiles', '--key', 'k']))[0], 0, 'a cohort, a session, ids and keys of 5000 characters';
is +(once($longs, ['false'], options => ['--profiles', '--key', 'k']))[0], 0, '... each once';
is state_sql($state, q(SELECT count(*) FROM members WHERE length(id) >= 5000 AND properties IS NOT NULL)), "2\n", '... with their profiles';
like +(tool('members', $state, 'default', "cohort-$long", '--csv'))[1], qr/^id-$long,2/m, '... and members knows them';

# Any id, and a name with U+0000.
my $odd = line_of('a\\u0000b\\\\u0000', 'add_members', cohort => 30) =~ s/"mixpanel_cohort_id"/"mixpanel_cohort_name":"n\\u0000m","mixpanel_cohort_id"/r;
is +(once($odd, ['cat']))[0], 0, 'U+0000 in an id and a name';
is +(once($odd, ['false']))[0], 0, '... once';
is_deeply [tool('members', $state, 'default', 30)], [0, "a\\x00b\\u0000\n", ''], '... and members has it';
is state_sql($state, q(SELECT name, id FROM members WHERE cohort = '30')), "n\xef\xbf\xbdm|a\xef\xbf\xbdb\\u0000\n", '... the view has U+FFFD in its place';
done_testing();
