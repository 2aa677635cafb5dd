#!/usr/bin/env perl
# Each call of mixspool once fails once, also those of SQLite: see tests/lib/Faults.pm.
# A run that fails changes nothing, and the next one hands all over.

use strict;
use warnings;
use Faults;
use Test::More;
use Testbed;

my $base = folder();
my $state = "$base/state";

sub line_of {
	my ($id, $session) = @_;
	return qq({"\$distinct_id":"$id\\u00e4","\$properties":{"a":1},"\$cohort":{"action":"members",)
	    . qq("mixpanel_cohort_id":"12","mixpanel_session_id":"$session"}}\n);
}

sub once {
	my ($environment, $lines) = @_;
	spew("$base/in", $lines);
	spew("$base/$_", '') for qw(taken err);
	my $pid = spawn([program('mixspool-once'), $state, '--profiles', '--key', 'k', '--', 'sh', '-c',
			"unset LD_PRELOAD; cat >>$base/taken"], in => "$base/in",
		err => "$base/err", env => $environment);
	return exit_of(reap($pid));
}
sub taken { return join ' ', slurp("$base/taken") =~ /(\w)(?:\\u00e4|\xc3\xa4)/g }

sub roster {
	my $rows = `sqlite3 $state 'SELECT substr(id, 1, 1) FROM members ORDER BY id' 2>&1`;
	return join ' ', split /\n/, $rows;
}

# a and b are in, b leaves, c enters; an event is there for --key, so often that the log
# of STATE is begun while they are read.
my $lines = line_of('a', 's2') . line_of('c', 's2') . qq({"k":"x"}\n) x 4094;

# Puts a and b in. OLD: in a STATE of an earlier layout, which the run changes.
sub begin {
	my $old = shift;
	unlink glob "$state*";
	if (!$old) {
		once({}, line_of('a', 's1') . line_of('b', 's1')) == 0 or wrong('the first run');
		return;
	}
	my $people = join ',', map {"(2, CAST('$_\xc3\xa4' AS BLOB), 1, 2)"} qw(a b);
	my $rows = top() . '/tests/integration/states/rows.sql';
	system("(cat '$rows'; echo \"DELETE FROM member; DELETE FROM profile; DELETE FROM snapshot;"
		. " DELETE FROM page; DELETE FROM event; UPDATE roster SET project = '' WHERE id = 2;"
		. " INSERT INTO member VALUES $people\") | sqlite3 $state") == 0 or wrong('the old STATE');
	return;
}

sub check {
	my ($environment, $old) = @_;
	begin($old);
	my $status = once({ %$environment, MIXSPOOL_USERS => 4096 }, $lines);
	my ($who, $taken) = (roster(), taken());
	if ($status == 0) {
		wrong("exit 0, $who in, $taken taken") if "$who, $taken" ne 'a c, c b';
		return;
	}
	wrong("exit $status") if $status != 75 && $status != 71 && $status != 64;
	wrong("exit $status, said " . slurp("$base/err")) if slurp("$base/err") !~ /^mixspool once: \S/m;
	wrong("exit $status, but $who in") if $who ne 'a b' && $taken ne 'c b';
	my $first = $taken;
	once({}, $lines) == 0 or wrong('the next run: ' . slurp("$base/err"));
	$taken = taken();
	wrong("then $first and $taken, " . roster()) if roster() ne 'a c' || "$first $taken" !~ /c b/;
	return;
}
each_fault('mixspool-once', 'a run', \&check);
each_fault('mixspool-once', 'a run that changes an old STATE', sub { check(shift, 1) })
    if ($ENV{PROVE} // '') eq 'full';
each_breakage('mixspool-once', 'a disk that breaks', \&check);
tell_of_faults() if defined &tell_of_faults;
done_testing();
