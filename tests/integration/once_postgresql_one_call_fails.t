#!/usr/bin/env perl
# Each call of mixspool once with PostgreSQL fails once, also those of libpq: see
# tests/lib/Faults.pm. A run that fails changes nothing, and the next one hands all over.

use strict;
use warnings;
use Faults;
use States;
use Test::More;
use Testbed;

$ENV{TEST_STATE} = 'postgresql';
my $base = folder();
my $state = new_state();

sub line_of {
	my ($id, $session) = @_;
	return qq({"\$distinct_id":"$id\\u00e4","\$properties":{"a":1},"\$cohort":{"action":"members",)
	    . qq("mixpanel_cohort_id":"12","mixpanel_session_id":"$session"}}\n);
}

sub once {
	my ($environment, $lines) = @_;
	spew("$base/in", $lines);
	spew("$base/$_", '') for qw(taken err);
	my $pid = spawn([program('mixspool-once-postgresql'), $state, '--profiles', '--key', 'k', '--', 'sh', '-c',
			"unset LD_PRELOAD; cat >>$base/taken"], in => "$base/in",
		err => "$base/err", env => $environment);
	return exit_of(reap($pid));
}
sub taken { return join ' ', slurp("$base/taken") =~ /(\w)(?:\\u00e4|\xc3\xa4)/g }

sub roster {
	return join ' ', split /\n/, state_sql($state, 'SELECT left(id, 1) FROM members ORDER BY id');
}

# a and b are in, b leaves, c enters; an event is there for --key.
my $lines = line_of('a', 's2') . line_of('c', 's2') . qq({"k":"x"}\n);

each_fault('mixspool-once-postgresql', 'a run', sub {
	my ($environment) = @_;
	new_state();
	once({}, line_of('a', 's1') . line_of('b', 's1')) == 0 or wrong('the first run: ' . slurp("$base/err"));
	my $status = once({ %$environment, MIXSPOOL_USERS => 3 }, $lines);
	my ($who, $taken) = (roster(), taken());
	if ($status == 0) {
		wrong("exit 0, $who in, $taken taken") if "$who, $taken" ne 'a c, c b';
		return;
	}
	wrong("exit $status") if $status != 75 && $status != 71 && $status != 64;
	wrong("exit $status, said " . slurp("$base/err")) if slurp("$base/err") !~ /^mixspool once: \S/m;
	wrong("exit $status, but $who in") if $who ne 'a b' && $taken ne 'c b';
	once({}, $lines) == 0 or wrong('the next run: ' . slurp("$base/err"));
	my $then = taken();
	wrong("then $taken and $then, " . roster()) if roster() ne 'a c' || "$taken $then" !~ /c b/;
	return;
	# A send fails when the connection is gone, and libpq then waits for the end of it, which
	# does not come here: once_postgresql_fails.t cuts connections.
}, grep { $_ ne 'send' } faulty_calls());
tell_of_faults() if defined &tell_of_faults;
done_testing();
