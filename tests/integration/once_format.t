#!/usr/bin/env perl
# A STATE of each earlier layout, as builds from before 0.2.0 wrote it, is brought to the
# one of today by the first run: nobody is handed over again, nobody is forgotten, and
# the sync that was open goes on. The files of states/ were made by those builds from
# the runs of `before` below, by `once_format.t DUMP PROGRAM`.

use strict;
use warnings;
use JSON::PP;
use Test::More;
use Testbed;

# Names that need an escape, that are not ASCII, and that are alike.
my @odd = ('a"b', 'back\\slash', "x\x{1}y", "\x{fc}\x{e9}", "\x{1f600}", 'A', 'a', '-', ' ');
my @people = (@odd, map {"user$_"} 1 .. 150);
my $json = JSON::PP->new->canonical->utf8;

sub line {
	my ($id, $cohort) = @_;
	return $json->encode({ '$distinct_id' => $id, '$properties' => { n => length $id },
			$cohort ? ('$cohort' => $cohort) : () }) . "\n";
}

sub campaign { return map { line($_) } @_ }

sub cohort {
	my ($action, $session, $page, $pages, @ids) = @_;
	my %about = (action => $action, mixpanel_project_id => '7', mixpanel_cohort_id => '12',
		mixpanel_cohort_name => 'Loyal');
	%about = (%about, mixpanel_session_id => $session,
		page_info => { total_pages => $pages, page_count => $page }) if $session;
	return map { line($_, \%about) } @ids;
}

sub event { return map {qq({"event":"x","id":"$_"}\n)} @_ }

# Runs; the last one leaves a sync open, in which somebody left and somebody came.
my @before = (
	[campaign(@people[0 .. 40])],
	[campaign(@people[30 .. 60])],
	[cohort('members', 's1', 1, 2, @people[0 .. 79])],
	[cohort('members', 's1', 2, 2, @people[80 .. 140])],
	[cohort('add_members', undef, 0, 0, 'later', 'gone', 'back')],
	[cohort('remove_members', undef, 0, 0, 'gone', 'back', @people[3, 100])],
	[cohort('add_members', undef, 0, 0, 'back')],
	[event(1 .. 3)],
	[cohort('members', 's2', 1, 3, @people[0 .. 50])],
	[cohort('remove_members', undef, 0, 0, $people[1])],
	[cohort('add_members', undef, 0, 0, 'meanwhile')],
);
my @after = (
	[campaign(@people[0 .. 70])],
	[event(2 .. 4)],
	[cohort('members', 's2', 1, 3, @people[0 .. 50])],
	[cohort('add_members', undef, 0, 0, @people[60 .. 80], 'gone')],
	[cohort('members', 's2', 2, 3, $people[1], @people[51 .. 70])],
	[cohort('members', 's2', 3, 3, 'back', @people[90 .. 99])],
	[cohort('remove_members', undef, 0, 0, @people[0 .. 20])],
	[campaign(@people)],
);

# What passes, run by run.
sub passed {
	my ($program, $state, @runs) = @_;
	my @passed;
	for my $run (@runs) {
		my $out = new_file();
		my $err = new_file();
		my $status = reap(spawn([$program, $state, '--profiles', '--key', 'id', '--', 'cat'],
			in => new_file(@$run), out => $out, err => $err));
		die "exit $status: ", slurp($err) if $status != 0;
		push @passed, join '', sort(split /^/m, slurp($out));
	}
	return \@passed;
}

# Who is in, without times.
sub members {
	my $state = shift;
	my @members;
	for my $roster ([], ['-'], ['12']) {
		my ($status, $out, $err) = tool('members', $state, '--json', 'default', @$roster);
		die "exit $status: $err" if $status != 0;
		push @members, $out =~ s/"\d{4}-\d\d-\d\dT[^"]*"/"a time"/gr;
	}
	return join '', @members;
}

# The same as SQL sees it, with times.
sub rows {
	my $state = shift;
	return scalar `sqlite3 $state 'SELECT * FROM members ORDER BY campaign, cohort, id'`;
}

sub version { return `sqlite3 $_[0] 'PRAGMA user_version'` + 0 }

sub index_of { return scalar `sqlite3 $_[0] "SELECT sql FROM sqlite_schema WHERE name = 'pack_run'"` }

if (@ARGV == 2) {
	my ($dump, $old) = @ARGV;
	my $state = folder() . '/old';
	passed($old, $state, @before);
	my ($application, $version) = map {`sqlite3 $state 'PRAGMA $_'` + 0}
	    qw(application_id user_version);
	spew($dump, "PRAGMA application_id = $application;\nPRAGMA user_version = $version;\n");
	open my $file, '>>', $dump or die $!;
	print $file `sqlite3 $state .dump`;
	close $file or die $!;
	exit 0;
}

my $once = program('mixspool-once');
my $fresh = folder() . '/fresh';
passed($once, $fresh, @before);
my $in_fresh = members($fresh);
my $expected = passed($once, $fresh, @after);
my $left_fresh = members($fresh);

for my $file (glob top() . '/tests/integration/states/*.sql') {
	my ($layout) = $file =~ m{([^/]+)\.sql\z};
	my $state = folder() . "/$layout";
	my $restore = sub {
		unlink $state, "$state-wal", "$state-shm";
		system("sqlite3 $state <$file") == 0 or die;
	};
	$restore->();
	my ($was, $version) = (rows($state), version($state));
	my ($status, undef, $why) = tool('members', $state);
	isnt $status, 0, "$layout: members does not read it";
	like $why, qr/of an earlier version of mixspool: the next run of mixspool once/,
	    '... and says what does';

	# A run that fails changes nothing.
	my $input = new_file(campaign('somebody'));
	is exit_of(reap(spawn([$once, $state, '--profiles', '--', 'false'], in => $input,
			err => '/dev/null'))), 1, '... a run whose command fails';
	is rows($state), $was, '... leaves it as it is';
	is version($state), $version, '... of that version';

	# Nothing but the format changes by a run about nobody.
	passed($once, $state, [event(1)]);
	is members($state), $in_fresh, '... everybody is in who was';
	is rows($state), $was, '... and since when, as SQL sees it';
	is index_of($state), index_of($fresh), '... with the same index';
	isnt version($state), $version, '... in a file of another version';
	is `sqlite3 $state 'PRAGMA integrity_check'`, "ok\n", '... that is whole';
	is `sqlite3 $state "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'old%' OR name = 'change'"`,
	    "0\n", '... and without the tables it had';

	$restore->();
	is_deeply passed($once, $state, @after), $expected, '... the same passes as without the change';
	is members($state), $left_fresh, '... and the same people are in';

	# An id that SQLite would read up to U+0000 only, and one that looks like it.
	$restore->();
	system('sqlite3', $state, $layout eq 'rows' || $layout eq 'changes'
		? "UPDATE member SET id = CAST('user70' || x'00' || 'x' AS BLOB) WHERE id = CAST('user70' AS BLOB);"
		. "UPDATE member SET id = CAST('user71\\u0000' AS BLOB) WHERE id = CAST('user71' AS BLOB)"
		: 'UPDATE member SET people = replace(replace(people, \'"user70"\', \'"user70\u0000x"\'),'
		. ' \'"user71"\', \'"user71\\\\u0000"\')') == 0 or die;
	passed($once, $state, [event(1)]);
	like members($state), qr/"user70\\u0000x".*"user71\\\\u0000"/s, '... with ids as they are';
}

# A build had the layout of today, with an index of fewer columns.
system('sqlite3', $fresh, 'PRAGMA user_version = 2; DROP INDEX pack_run; CREATE INDEX pack_run ON pack (roster, run)') == 0
    or die;
my $index = index_of($fresh);
passed($once, $fresh, [event(1)]);
isnt index_of($fresh), $index, 'an index of fewer columns is replaced';
is members($fresh), $left_fresh, '... and the same people are in';
done_testing;
