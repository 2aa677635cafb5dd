package Nodes;

# What the tests of engines with three nodes share: `mixspool drain -f` under load, while
# nodes are killed, started again and frozen. For each recipe the same has to hold in the
# end: every user who left the spool is in the engine.

use strict;
use warnings;
use Exporter qw(import);
use Test::More;
use Time::HiRes qw(time);
use Testbed;
use Recipes;

our @EXPORT = qw(drain_into meanwhile goes_on kill_node freeze thaw rounds has_all);

# What docs/recipes.md promises: seconds from a new leader to the next delivery.
my $PROMISED = 10;

my $spool = spooled();
my ($drain, @ids);

# How often a test loses its leader: `make prove` does it more often.
sub rounds { return ($ENV{PROVE} // '') eq 'full' ? $_[0] : 1 }

# Starts to hand over, for the rest of the test.
sub drain_into {
	my @options = (grep { $_ eq '--' } @_) ? () : '--';
	spew(folder() . '/drain.log', '');
	$drain = spawn([program('mixspool'), 'drain', '-f', '--pause', 2, $spool, @options, @_],
		err => folder() . '/drain.log');
	return;
}

sub put {
	my @new = map { 'u' . (@ids + $_) } 0 .. 4;
	push @ids, @new;
	return put_batch($spool, 'default', map { user($_) } @new);
}

# Waits for a condition, and goes on putting users into the spool.
sub meanwhile(&$;$) {
	my ($condition, $what, $seconds) = @_;
	return wait_until {
		put() if batches_in($spool) < 8;
		$condition->()
	} $what, $seconds;
}

# A batch that is put now is handed over soon. Call it when there is a leader.
sub goes_on {
	my $what = shift;
	my $start = time;
	my $path = "$spool/default/new/" . put();
	my $went = eval { meanwhile { !-e $path } 'the drain', $PROMISED };
	ok $went, "$what: delivery goes on within $PROMISED s"
	    or diag slurp(folder() . '/drain.log');
	note sprintf '%s: %.1f s', $what, time - $start;
	return;
}

# A process, and all that it has started.
sub family {
	my @family = shift;
	my %children;
	for (map { eval { slurp($_) } // () } glob '/proc/[0-9]*/stat') {
		push @{ $children{$2} }, $1 if /^(\d+) \(.*\) \S (\d+)/s;
	}
	for (my $i = 0; $i < @family; $i++) {
		push @family, @{ $children{ $family[$i] } // [] };
	}
	return @family;
}

sub kill_node {
	my $pid = shift;
	kill 'KILL', family($pid);
	return reap($pid);
}

sub freeze { return kill 'STOP', family($_[0]) }

sub thaw { return kill 'CONT', family($_[0]) }

# Hands over what is left; then each id of a user is in the list at least once.
sub has_all {
	my ($what, $ids) = @_;
	wait_until { !batches_in($spool) } 'the rest', 120;
	is exit_of(stop($drain)), 0, "$what: drain stops with 0";
	is scalar(batches_in($spool, 'default', 'failed')), 0, '... and nothing is in failed/';
	# A busy engine may not answer the first time.
	my (%there, @there, @gone);
	eval {
		wait_until {
			@there = $ids->();
			$there{$_} = 1 for @there;
			@gone = grep { !$there{$_} } @ids;
			!@gone
		} 'every user', 30
	};
	is_deeply \@gone, [], '... and every user is there' or diag slurp(folder() . '/drain.log');
	my $repeats = @there - keys %{ { map { $_ => 1 } @there } };
	note sprintf '%s: %d users, %d repeats', $what, scalar @ids, $repeats;
	return $repeats;
}

1;
