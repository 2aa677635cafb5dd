package SharedRuns;

# Runs of mixspool once that share a state in PostgreSQL, and go on at the same time.

use strict;
use warnings;
use Exporter qw(import);
use States;
use Testbed;

our @EXPORT = qw(line_of add state_is start end err out once roster holds runs go waiting backends);

my ($state, $runs);

# The state of the runs that begin from now on.
sub state_is { return $state = shift }

sub line_of {
	my ($id, $action, %about) = @_;
	return sprintf '{"$distinct_id":"%s","$properties":{},"$cohort":{"action":"%s",'
	    . '"mixpanel_project_id":"7","mixpanel_cohort_id":"%s","mixpanel_session_id":"%s",'
	    . '"page_info":{"total_pages":%d,"page_count":%d}}}' . "\n", $id, $action, $about{cohort} // 12,
	    $about{session} // 's', $about{total} // 1, $about{page} // 1;
}
sub add { my ($cohort, @ids) = @_; return join '', map { line_of($_, 'add_members', cohort => $cohort) } @ids }

# A run that is started. Its files are in.N, out.N and err.N.
sub start {
	my ($lines, $command, %more) = @_;
	my $n = ++$runs;
	my $base = folder();
	spew("$base/in.$n", $lines);
	spew("$base/$_.$n", '') for qw(out err);
	return {
		n => $n,
		pid => spawn([program('mixspool'), 'once', $more{state} // $state, @{ $more{options} // [] }, '--', @$command],
			in => "$base/in.$n", out => "$base/out.$n", err => "$base/err.$n", env => $more{env} // {}),
	};
}
sub end { my ($run) = @_; return exit_of(reap($run->{pid}, 120)) }
sub err { return slurp(folder() . "/err.$_[0]{n}") }
sub out { my @ids = slurp(folder() . "/out.$_[0]{n}") =~ /distinct_id":"(\w+)"/g; return join ' ', sort @ids }
sub once { my $run = start(@_); return (end($run), $run) }
sub roster { return join ' ', split /\n/, (tool('members', $state, 'default', $_[0] // 12))[1] }

# A command that runs until it may go on, and then does this.
sub holds {
	my ($name, $then) = @_;
	my $file = folder() . "/$name";
	unlink "$file.runs", "$file.go";
	return ['sh', '-c', "touch $file.runs; while [ ! -e $file.go ]; do sleep 0.02; done; " . ($then // 'cat')];
}
sub runs { my $file = folder() . "/$_[0].runs"; return wait_until { -e $file } "the command $_[0]" }
sub go { return spew(folder() . "/$_[0].go", '') }

# How many runs wait for another one, and how many connections there are.
sub waiting { return 0 + state_sql($state, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'runner' AND wait_event_type = 'Lock'") }
sub backends { return 0 + state_sql($state, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'runner'") }

1;
