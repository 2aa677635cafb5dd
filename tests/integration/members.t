#!/usr/bin/env perl
# mixspool members: who is in, in each form, and which cohorts there are.

use strict;
use warnings;
use States;
use Test::More;
use Testbed;

my $base = folder();
my $state = is_file() ? "$base/state" : new_state();

sub once {
	my ($campaign, $lines, @options) = @_;
	spew("$base/in", $lines);
	my $pid = spawn([program('mixspool'), 'once', $state, @options, '--', 'cat'],
		in => "$base/in", out => '/dev/null', env => { MIXSPOOL_CAMPAIGN => $campaign });
	return exit_of(reap($pid));
}

sub page {
	my ($project, $cohort, $name, @ids) = @_;
	return join '', map {
		qq({"\$distinct_id":"$_","\$properties":{"p":[1]},"\$cohort":{"action":"members",)
		    . qq("mixpanel_project_id":"$project","mixpanel_cohort_id":"$cohort",)
		    . qq("mixpanel_cohort_name":"$name","mixpanel_session_id":"s-@ids"}}\n)
	} @ids;
}
sub members { return tool('members', $state, @_) }
my $time = qr/2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ/;

# Without a file, and with an empty one.
my ($status, $out, $err);
if (is_file()) {
	($status, $out, $err) = members();
	is "$status$out", '66', 'no such file: exit 66';
	is $err, "mixspool members: $state: No such file or directory\n", '... and why';
	ok !-e $state, '... and none is made';
	spew($state, '');
	($status, $out, $err) = members();
	is "$status$out", '65', 'an empty file: exit 65';
	is $err, "mixspool members: $state: it has no members yet\n", '... and why';
}
is_deeply [tool('members')], [64, '', "mixspool members: no STATE given, see -h\n"], 'no STATE';
is +(members(1, 2, 3))[0], 64, 'too many arguments';

# A campaign of users alone.
once('winback', qq({"\$distinct_id":"b","\$properties":{}}\n{"\$distinct_id":"a,\\"b","\$properties":{}}\n));
is_deeply [members('winback')], [0, "a,\"b\nb\n", ''], 'the users of a form, in order';
is_deeply [members('winback', '-')], [0, "a,\"b\nb\n", ''], '... by their name';
is_deeply [members('winback', '--count')], [0, "2\n", ''], '... how many';
like +(members('winback', '--csv'))[1], qr/\A\$distinct_id,since\r\n"a,""b",$time\r\nb,$time\r\n\z/, '... as CSV';
like +(members('--json', 'winback'))[1],
    qr/\A\{"\$distinct_id":"a,\\"b","since":"$time"\}\n\{"\$distinct_id":"b","since":"$time"\}\n\z/, '... as JSON';

# Cohorts.
once('default', page(7, 12, 'Loyal', 1 .. 3) . page(8, 12, 'Same id', 4) . page(7, 13, "Tab\\tand \\u202e", 5), '--profiles');
is_deeply [members('default', '7/12')], [0, "1\n2\n3\n", ''], 'a cohort, by project and id';
is_deeply [members('default', 13)], [0, "5\n", ''], '... by its id';
($status, $out, $err) = members('default', 12);
is "$status$out", '64', 'an id of two projects: exit 64';
like $err, qr{write PROJECT/ID$}, '... and what to write';
is +(members('default', 99))[0], 66, 'no such cohort: exit 66';
is +(members('default', '-'))[0], 66, '... nor users of a form';
is +(members('none', 12))[0], 66, 'no such campaign: exit 66';
is_deeply [members('none')], [0, "campaign\tproject\tcohort\tname\tmembers\tlast_whole_sync\n", ''],
    '... which has no cohorts';
like +(members('default', 13, '--json'))[1], qr/\A\{"\$distinct_id":"5","since":"$time","\$properties":\{"p":\[1\]\}\}\n\z/,
    'a profile';

# The cohorts.
like +(members())[1], qr/\Acampaign\tproject\tcohort\tname\tmembers\tlast_whole_sync\n
default\t7\t12\tLoyal\t3\t$time\ndefault\t7\t13\tTab\\x09and[ ]\\xe2\\x80\\xae\t1\t$time\n
default\t8\t12\tSame[ ]id\t1\t$time\nwinback\t-\t-\t-\t2\t-\n\z/x, 'all cohorts';
like +(members('default'))[1], qr/\A.*\n(default.*\n){3}\z/, '... of a campaign';
is_deeply [members('--count')], [0, "7\n", ''], 'how many in all';
is_deeply [members('default', '--count')], [0, "5\n", ''], '... in a campaign';
like +(members('--json'))[1], qr/^\{"campaign":"default","project":"7","cohort":"12","name":"Loyal","members":3,"last_whole_sync":"$time"\}$/m,
    'as JSON';
like +(members('--json'))[1], qr/"campaign":"winback","project":"","cohort":"-","name":"","members":2,"last_whole_sync":null\}$/m,
    '... without a sync';
like +(members('--csv'))[1], qr/\Acampaign,project,cohort,name,members,last_whole_sync\r\ndefault,7,12,Loyal,3,$time\r\n/,
    'as CSV';

# A name changes, and people leave.
once('default', page(7, 12, 'Renamed', 2) . page(7, 13, 'Tab', 5));
like +(members())[1], qr/^default\t7\t12\tRenamed\t1\t/m, 'the latest name and size';
is state_sql($state, q(SELECT id, CASE WHEN properties IS NULL THEN 1 ELSE 0 END FROM members )
	. q(WHERE campaign = 'default' AND cohort = '13')), "5|1\n", 'the view for people';

# While a run is under way, and a reader that cannot write.
spew("$base/in", page(7, 12, 'Renamed', 9));
my $pid = spawn([program('mixspool'), 'once', $state, '--', 'sh', '-c', "touch $base/runs; while [ ! -e $base/go ]; do sleep 0.02; done"],
	in => "$base/in", env => { MIXSPOOL_CAMPAIGN => 'default' });
wait_until { -e "$base/runs" } 'the command';
is_deeply [members('default', '7/12')], [0, "2\n", ''], 'during a run: those before it';
spew("$base/go", '');
is exit_of(reap($pid)), 0, '... which ends';
is_deeply [members('default', '7/12')], [0, "9\n", ''], '... and then those after it';

# Output that cannot be written; files that are not a state.
$pid = spawn([program('mixspool'), 'members', $state], out => '/dev/full', err => "$base/err");
is exit_of(reap($pid)), 74, 'a full disk: exit 74';
for my $case (is_file() ? (['text', 'x' x 5000], ['a database', undef], ['a newer version', undef]) : ()) {
	my ($what, $bytes) = @$case;
	my $other = "$base/other";
	unlink $other;
	spew($other, $bytes) if defined $bytes;
	system 'sqlite3', $other, $what eq 'a database' ? 'CREATE TABLE a (b)'
	    : 'PRAGMA application_id = 0x6d69786f; PRAGMA user_version = 99; CREATE TABLE a (b)' if !defined $bytes;
	($status, $out, $err) = tool('members', $other);
	is "$status$out", '65', "$what: exit 65";
	like $err, qr/^mixspool members: \Q$other\E: it is /, '... and why';
}
is +(tool('members', $base))[0], 65, 'a folder: exit 65' if is_file();
done_testing();
