package Bench;

# What the benchmarks share: rounds in turn, medians, and for each scenario a
# table, a CSV file, a plot and the targets, in build/bench/. Nothing is asserted
# but that every contestant did what it was asked to do.

use strict;
use warnings;
use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Path qw(make_path);

my $out;

# What is stored goes to the disk of build/, which a /tmp in memory is not.
BEGIN {
	my $top = abs_path(dirname(__FILE__) . '/../../..');
	my $build = $ENV{BUILD} // 'build';
	$out = $build =~ m{^/} ? "$build/bench" : "$top/$build/bench";
	make_path($out);
	$ENV{TMPDIR} //= $out;
}

use lib abs_path(dirname(__FILE__)) . '/../../lib';
use Plot;
use Testbed;

# What was started is stopped, then, too.
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

our @EXPORT = qw(out rounds seconds median in_turn plain_http emit run_text);

sub out { return $out }
sub rounds { return $ENV{ROUNDS} // 7 }
sub seconds { return $ENV{SECONDS} // 1 }

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[$#sorted / 2];
}

# The example's TLS is left out: it is nginx's work, and the same for all.
sub plain_http {
	my $site = shift;
	$site =~ s/^\s*ssl_.*\n//mg;
	$site =~ s/ ssl;/;/;
	return $site;
}

# Calls $run->($round, $item) for all items in turn, as many rounds as asked for.
# Each round begins with another one, so that nobody always follows the same.
sub in_turn {
	my ($items, $run, $rounds) = @_;
	for my $round (0 .. ($rounds // rounds()) - 1) {
		$run->($round, $items->[($_ + $round) % @$items])
		    for 0 .. $#$items;
	}
	return;
}

# A command's output; fails with the command.
sub run_text {
	my @command = @_;
	open my $from, '-|', @command or die "$command[0]: $!";
	local $/;
	my $text = <$from> // '';
	close $from or die "@command failed: $text";
	return $text;
}

# A scenario's results: new(name, title => what was done, in one sentence, unit =>
# of the values), and, where wanted, note => more of it, rows => their order,
# plot => the columns that are plotted, unplotted => the rows that are not, style =>
# of the plot (bars), logarithmic => 1.
sub new {
	my ($class, $name, %about) = @_;
	return bless { name => $name, rows => [], columns => [], values => {},
		targets => [], %about }, $class;
}

# One measured value. Rows and columns stand in the order of their first values.
sub add {
	my ($self, $row, $column, $value) = @_;
	push @{ $self->{rows} }, $row
	    unless grep { $_ eq $row } @{ $self->{rows} };
	push @{ $self->{columns} }, $column
	    unless grep { $_ eq $column } @{ $self->{columns} };
	push @{ $self->{values}{$row}{$column} }, $value;
	return;
}

sub values_of {
	my ($self, $row, $column) = @_;
	return @{ $self->{values}{$row}{$column} // [] };
}

sub middle {
	my ($self, $row, $column) = @_;
	return median($self->values_of($row, $column))
	    // die "$self->{name}: nothing measured of $row, $column\n";
}

# target('what', 'at least', bound, measured, unit): stands in the final table.
sub target {
	my ($self, $what, $way, $bound, $measured, $unit) = @_;
	my $met = $way eq 'at least' ? $measured >= $bound
	    : $way eq 'at most' ? $measured <= $bound : $measured < $bound;
	push @{ $self->{targets} }, [$what, $way, $bound, $measured,
		$unit // 'x', $met ? 'yes' : 'no'];
	return;
}

# A column with what a row's value is to that of another row in the same round.
sub ratios {
	my ($self, $column, $reference, $name) = @_;
	$name //= "ratio to $reference";
	my @reference = $self->values_of($reference, $column);
	for my $row (@{ $self->{rows} }) {
		my @values = $self->values_of($row, $column);
		$self->add($row, $name, $values[$_] / $reference[$_])
		    for 0 .. $#values;
	}
	return;
}

# A ratio of medians within this run as a target.
sub ratio {
	my ($self, $what, $way, $bound, $column, $row, $reference) = @_;
	return $self->target($what, $way, $bound,
		$self->middle($row, $column) /
		    $self->middle($reference, $column));
}

# The row with the highest median of these.
sub best {
	my ($self, $column, @rows) = @_;
	my ($best) = sort { $self->middle($b, $column)
		    <=> $self->middle($a, $column) } @rows;
	return $best;
}

# Three digits that count.
sub short {
	my $value = shift;
	my $size = abs $value;
	return $size >= 100 ? sprintf '%.0f', $value
	    : $size >= 10 ? sprintf '%.1f', $value
	    : $size >= 1 || $size == 0 ? sprintf '%.2f', $value
	    : sprintf '%.3g', $value;
}

sub cell {
	my ($self, $row, $column) = @_;
	my @all = sort { $a <=> $b } $self->values_of($row, $column);
	return '' unless @all;
	return short($all[0]) if @all == 1;
	return sprintf '%s (%s to %s)', map { short($_) } median(@all),
	    $all[0], $all[-1];
}

# A Markdown table whose columns are aligned, so that it reads as text, too.
sub markdown {
	my ($head, @rows) = @_;
	my @width = (3) x @$head;
	for my $row ($head, @rows) {
		for my $i (0 .. $#$row) {
			my $length = length $row->[$i];
			$width[$i] = $length if $length > $width[$i];
		}
	}
	my $line = sub {
		my @cells = @_;
		return '| ' . join(' | ', map {
				$_ ? sprintf '%*s', $width[$_], $cells[$_]
				    : sprintf '%-*s', $width[$_], $cells[$_]
			    } 0 .. $#cells) . " |\n";
	};
	my $rule = '|' . join('|', map {
			$_ ? '-' x ($width[$_] + 1) . ':' : '-' x ($width[$_] + 2)
		    } 0 .. $#width) . "|\n";
	return $line->(@$head) . $rule . join '', map { $line->(@$_) } @rows;
}

sub targets_table {
	my @targets = @_;
	return markdown(['what', 'bound', 'measured', 'met'], map {
			my ($what, $way, $bound, $measured, $unit, $met) = @$_;
			[$what, "$way $bound $unit", short($measured) . " $unit",
				$met]
		    } @targets);
}

sub table {
	my $self = shift;
	return markdown(['', @{ $self->{columns} }], map {
			my $row = $_;
			[$row, map { $self->cell($row, $_) }
				@{ $self->{columns} }]
		    } @{ $self->{rows} });
}

sub csv {
	my $self = shift;
	my $text = "scenario,contestant,what,round,value\n";
	my $quoted = sub { '"' . $_[0] =~ s/"/""/gr . '"' };
	for my $row (@{ $self->{rows} }) {
		for my $column (@{ $self->{columns} }) {
			my $round = 0;
			$text .= join(',', $self->{name}, $quoted->($row),
				$quoted->($column), ++$round, $_) . "\n"
			    for $self->values_of($row, $column);
		}
	}
	return $text;
}

# Writes it all, and prints the table.
sub emit {
	my $self = shift;
	my $base = "$out/$self->{name}";
	my $text = $self->table;
	$text .= "\n" . targets_table(@{ $self->{targets} })
	    if @{ $self->{targets} };
	print "$self->{title}; $self->{unit}\n\n$text\n";
	$self->{note} = $self->{note} ? "$self->{note}\n\n" : '';
	spew("$base.md", "## $self->{name}\n\n$self->{title}; $self->{unit}.\n\n"
		. "$self->{note}![$self->{name}]($self->{name}.svg)\n\n"
		. $self->table);
	spew("$base.csv", $self->csv);
	spew("$base.targets", join '', map { join("\t", @$_) . "\n" }
		    @{ $self->{targets} });
	Plot::draw($self, $base);
	return;
}

1;
