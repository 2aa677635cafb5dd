package Plot;

# The plot of a scenario's results, by gnuplot: of the columns that `plot` names, or
# all, and of the rows that `unplotted` does not name. `style` is one of those below.

use strict;
use warnings;
use Testbed;

# The median, the least and the most.
sub spread {
	my @all = sort { $a <=> $b } @_;
	return @all ? (Bench::median(@all), $all[0], $all[-1]) : ('NaN') x 3;
}

# A line for each row and its values, in the data block NAME.
sub block {
	my ($name, @lines) = @_;
	return join "\n", "\$$name << END", (map { join "\t", @$_ } @lines), "END\n";
}

# A group of bars for each row, with the spread.
sub bars {
	my ($self, $rows, $columns) = @_;
	my $data = block('data', map {
			my $row = $_;
			[qq("$row"), map { spread($self->values_of($row, $_)) } @$columns];
		} @$rows);
	my $bars = join ', ', map {
		sprintf '$data using %d:%d:%d:xtic(1) title "%s"', 3 * $_ + 2,
		    3 * $_ + 3, 3 * $_ + 4, $columns->[$_];
	} 0 .. $#$columns;
	return <<"END";
set style data histograms
set style histogram errorbars gap 1 linewidth 1
set style fill solid 0.8 border -1
set bars fullwidth 0.4
set key top left noenhanced
set xtics rotate by -30 noenhanced
${data}plot $bars
END
}

# A bar for each row, whose parts are the columns.
sub stacked {
	my ($self, $rows, $columns) = @_;
	my $data = block('data', map {
			my $row = $_;
			[qq("$row"), map { (spread($self->values_of($row, $_)))[0] } @$columns];
		} @$rows);
	my $parts = join ', ', map {
		sprintf '$data using %d:xtic(1) title "%s"', $_ + 2, $columns->[$_];
	} 0 .. $#$columns;
	return <<"END";
set style data histograms
set style histogram rowstacked
set style fill solid 0.8 border -1
set boxwidth 0.5
set key outside right noenhanced invert
set xtics noenhanced
${data}plot $parts
END
}

# A curve for each row, over columns that are numbers.
sub curves {
	my ($self, $rows, $columns) = @_;
	my @blocks = map {
		my $row = $rows->[$_];
		block("row$_", map { [$_, spread($self->values_of($row, $_))] } @$columns);
	} 0 .. $#$rows;
	my $curves = join ', ', map {
		sprintf '$row%d using 1:2:3:4 with yerrorlines title "%s"', $_, $rows->[$_];
	} 0 .. $#$rows;
	my $tics = join ', ', @$columns;
	return <<"END";
set logscale x 2
set xrange [$columns->[0] / 1.3:$columns->[-1] * 1.3]
set xtics ($tics)
set xlabel "connections"
set key outside right noenhanced
@{[join '', @blocks]}plot $curves
END
}

my %styles = (bars => \&bars, stacked => \&stacked, curves => \&curves);

sub draw {
	my ($self, $base) = @_;
	my %unplotted = map { $_ => 1 } @{ $self->{unplotted} // [] };
	my $plot = $styles{ $self->{style} // 'bars' }->($self,
		[grep { !$unplotted{$_} } @{ $self->{rows} }],
		$self->{plot} // $self->{columns});
	my $scale = $self->{logarithmic} ? 'set logscale y'
	    : 'set yrange [0:*]';
	spew("$base.gnuplot", <<"END");
set terminal svg size 960,480 font "sans-serif,12" background "white"
set output "$base.svg"
set title "$self->{title}" noenhanced
set ylabel "$self->{unit}" noenhanced
set grid ytics
$scale
$plot
END
	system('gnuplot', "$base.gnuplot") == 0 or die "no plot of $base";
	unlink "$base.gnuplot";
	return;
}

1;
