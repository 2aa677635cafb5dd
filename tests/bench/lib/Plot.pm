package Plot;

# The plot of a scenario's results, by gnuplot.

use strict;
use warnings;
use Testbed;

# Bars of the medians, with the spread, for the columns that `plot` names, or all.
sub draw {
	my ($self, $base) = @_;
	my @columns = @{ $self->{plot} // $self->{columns} };
	my %unplotted = map { $_ => 1 } @{ $self->{unplotted} // [] };
	my $data = '';
	for my $row (grep { !$unplotted{$_} } @{ $self->{rows} }) {
		my @cells = map {
			my @all = sort { $a <=> $b } $self->values_of($row, $_);
			@all ? (Bench::median(@all), $all[0], $all[-1])
			    : ('NaN', 'NaN', 'NaN');
		} @columns;
		$data .= join("\t", qq("$row"), @cells) . "\n";
	}
	my $bars = join ', ', map {
		sprintf '$data using %d:%d:%d:xtic(1) title "%s"', 3 * $_ + 2,
		    3 * $_ + 3, 3 * $_ + 4, $columns[$_];
	} 0 .. $#columns;
	my $scale = $self->{logarithmic} ? 'set logscale y'
	    : 'set yrange [0:*]';
	spew("$base.gnuplot", <<"END");
set terminal svg size 960,480 font "sans-serif,12" background "white"
set output "$base.svg"
set title "$self->{title}" noenhanced
set ylabel "$self->{unit}" noenhanced
set style data histograms
set style histogram errorbars gap 1 linewidth 1
set style fill solid 0.8 border -1
set bars fullwidth 0.4
set key top left noenhanced
set xtics rotate by -30 noenhanced
set grid ytics
$scale
\$data << END
${data}END
plot $bars
END
	system('gnuplot', "$base.gnuplot") == 0 or die "no plot of $base";
	unlink "$base.gnuplot";
	return;
}

1;
