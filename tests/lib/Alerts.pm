package Alerts;

# Evaluates examples/prometheus-alerts.yml by promtool, over three hours of what `mixspool
# stat --prometheus` has written.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(alert_names fires);

my $rules = top() . '/examples/prometheus-alerts.yml';
my $minutes = 180;

sub alert_names { return slurp($rules) =~ /^ +- alert: (\w+)$/mg }

# The metrics of a text as series => value, without the histogram. Times become times of
# a clock that was 0 three hours ago.
sub series_of {
	my $text = shift;
	my $start = time - 60 * $minutes;
	my %series = $text =~ /^(\w+(?:\{[^}]*\})?) (\S+)$/mg;
	delete @series{ grep {/_bucket\{|_sum\{|_count\{/} keys %series };
	$series{$_} -= $start for grep {/_timestamp_seconds\{/} keys %series;
	return \%series;
}

# Does the alert fire, when stat has written one text for an hour and a half and the
# other one since? IS_STALE: and nothing for the last hour.
sub fires {
	my ($alert, $before, $after, $is_stale) = @_;
	my ($old, $new) = map { series_of($_) } $before, $after;
	my $half = $minutes / 2;
	my $series = join '', map {
		my $value = defined $new->{$_} ? "$new->{$_}+0x$half" : "_x$half";
		my $earlier = defined $old->{$_} ? "$old->{$_}+0x@{[ $half - 1 ]}" : "_x$half";
		"      - series: '$_'\n        values: '$earlier $value'\n"
	} sort keys %{ { %$old, %$new } };
	my $mtime = $is_stale ? "0+60x120 7200+0x60" : "0+60x$minutes";
	my $test = new_file(<<"END");
rule_files: ['$rules']
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'node_textfile_mtime_seconds{file="/var/lib/mixspool.prom"}'
        values: '$mtime'
$series    promql_expr_test:
      - expr: (count(ALERTS{alertname="$alert",alertstate="firing"}) > bool 0) or vector(0)
        eval_time: ${minutes}m
        exp_samples:
          - labels: '{}'
            value: 1
END
	my $out = `promtool test rules $test 2>&1`;
	return 1 if $? == 0;
	$out =~ /got: *\{\} 0E\+00/ or die "promtool: $out";
	return 0;
}

1;
