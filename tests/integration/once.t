#!/usr/bin/env perl
# mixspool once: who enters and who leaves passes, each once, and STATE changes only
# when the command has succeeded.

use strict;
use warnings;
use Test::More;
use Testbed;

my $base = folder();
my $states = 0;
my $state;
sub new_state { $state = "$base/state" . ++$states }

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
new_state();
is changes(once(page(['a', 'b'], page => 1, total => 2))), '+a +b', 'a page: all enter';
is changes(once(page(['a', 'b'], page => 1, total => 2))), '', '... once';
is changes(once(page(['c'], page => 2, total => 2))), '+c', 'the other page';
is roster(), 'a b c', 'all are in';
is changes(once(page(['c', 'd'], page => 2, total => 2, session => 's2'))), '+d',
    'a page of the next sync: nobody leaves yet';
is changes(once(page(['a'], page => 1, total => 2, session => 's2'))), '~b',
    '... until the sync is whole';
is roster(), 'a c d', '... and the rest is in';

done_testing();
