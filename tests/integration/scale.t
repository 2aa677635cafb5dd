#!/usr/bin/env perl
# The figures of docs/scale.md: each part prints a table of the kind that the page shows,
# and the page shows each. How large they are is not tested.

use strict;
use warnings;
use Test::More;
use Testbed;

my $page = slurp(top() . '/docs/scale.md');
my %shown = $page =~ /^ {4}tests\/bench\/scale (\w+)\n\n<!-- figures: (\w+) -->$/mg;
is_deeply [sort keys %shown], [qw(disk memory once pages sync)], 'each part is in the page';
is_deeply [sort values %shown], [sort keys %shown], '... with its command above it';

for my $part (sort keys %shown) {
	my ($status, $out, $err) = run_to_end(top() . '/tests/bench/scale',
		{ SECONDS => 0.2, MEMBERS => 10_000 }, $part);
	is $status, 0, "$part: exit 0" or diag $err;
	my @table = $out =~ /^(\|.*\|)$/mg;
	cmp_ok scalar @table, '>', 2, '... and a table';
	my ($figures) = $page =~ /^<!-- figures: $part -->\n(.*?)^<!-- end -->/ms;
	my ($head) = $figures =~ /\A(.*)/;
	is $head, $table[0], '... with the columns of the page';
	my $bars = $table[0] =~ tr/|//;
	is scalar(grep { tr/|// != $bars } @table), 0, '... and no other' or diag $out;
}
is((run_to_end(top() . '/tests/bench/scale', 'speed'))[0] != 0, 1, 'a part that is not there');

done_testing;
