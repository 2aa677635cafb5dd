#!/usr/bin/env perl
# tests/lib/uncovered, by which make coverage accepts lines that no test runs: the
# numbers of tests/coverage.reasons must be right, and --print-reasons mends them.

use strict;
use warnings;
use JSON::PP qw(encode_json);
use Test::More;
use Testbed;

my $base = folder();
chdir $base or die;
mkdir 'src';
spew('src/a.c', <<'EOT');
int
one(void)
{
	first();
	second();
}

int
two(void)
{
	third();
	fourth();
}
EOT

# Lines 4 and 5 are of one, 11 and 12 of two; those @NOT are not run.
sub run_of {
	my %is_left = map { $_ => 1 } @_;
	spew('coverage.json', encode_json({ files => [{ file => 'src/a.c',
		lines => [map { { line_number => $_, count => $is_left{$_} ? 0 : 7 } }
			4, 5, 11, 12] }] }));
}

# Exit code and output.
sub uncovered {
	my $out = `@{[top()]}/tests/lib/uncovered @_ coverage.json reasons 2>&1`;
	return [$? >> 8, $out];
}

run_of(4, 5, 12);
spew('reasons', "# A comment.\n\nsrc/a.c one 2\n\tNever happens.\n\n"
	. "src/a.c two 1\n\tSometimes: two threads\n\tmust meet.\n");
my $listed = "src/a.c:4 in one: first();\nsrc/a.c:5 in one: second();\n"
    . "\tNever happens.\n";
my $of_two = "src/a.c:12 in two: fourth();\n\tSometimes: two threads must meet.\n";
is_deeply uncovered(), [0, $listed . $of_two], 'the numbers are right';
is_deeply uncovered('--print-reasons'), [0, slurp('reasons')],
    '... and printed as they are';
run_of(4, 5);
is_deeply uncovered(), [0, $listed . "src/a.c two\n\tSometimes: two threads must meet.\n"],
    'fewer than sometimes';
is_deeply uncovered('--print-reasons'), [0, slurp('reasons')],
    '... and the number is kept';

run_of(4);
is_deeply uncovered(), [1, "src/a.c:4 in one: first();\n\tNever happens.\n"
	. "\tNO TEST RUNS 1 LINES, AND REASONS ARE GIVEN FOR 2 AT LEAST\n"
	. "src/a.c two\n\tSometimes: two threads must meet.\n"], 'fewer than a number';
is_deeply uncovered('--print-reasons'), [0, slurp('reasons') =~ s/one 2/one 1/r],
    '... is mended';
run_of(4, 5, 11, 12);
is_deeply uncovered(), [1, $listed . "src/a.c:11 in two: third();\n$of_two"
	. "\tNO TEST RUNS 2 LINES, AND REASONS ARE GIVEN FOR 1\n"],
    'more than sometimes';
is_deeply uncovered('--print-reasons'), [0, slurp('reasons') =~ s/two 1/two 2/r],
    '... is mended';

# No reason, and one for what is gone.
spew('reasons', "src/a.c one 1\n\tNever happens.\n");
run_of(4, 12);
is_deeply uncovered(), [1, "src/a.c:4 in one: first();\n\tNever happens.\n"
	. "src/a.c:12 in two: fourth();\n\tNO REASON IS GIVEN\n"
	. "\tNO TEST RUNS 1 LINES, AND REASONS ARE GIVEN FOR 0\n"], 'no reason';
my $printed = uncovered('--print-reasons')->[1];
is $printed, "\nsrc/a.c one 1\n\tNever happens.\n\nsrc/a.c two 1\n\tNO REASON IS GIVEN\n",
    '... is printed as a line to be mended';
spew('reasons', $printed);
is uncovered()->[0], 1, '... which is no reason';
spew('reasons', "src/b.c one 1\nsrc/a.c gone 1\n\tSometimes: never.\n");
run_of(4);
my @gone = map {"$_\n\tSometimes: never.\n\tREASONS ARE GIVEN FOR 1 LINES THAT ARE GONE\n"}
    'src/a.c gone', 'src/b.c one';
is_deeply uncovered(), [1, "$gone[0]src/a.c:4 in one: first();\n\tNO REASON IS GIVEN\n"
	. "\tNO TEST RUNS 1 LINES, AND REASONS ARE GIVEN FOR 0\n$gone[1]"],
    'a function that moved, and one that is gone';
is_deeply uncovered('--print-reasons'),
    [0, "\nsrc/a.c one 1\n\tSometimes: never.\n"], '... are mended';

# Two reasons for one function.
spew('reasons', "src/a.c one 1\n\tNever happens.\n\nsrc/a.c one 1\n\tSometimes: late.\n");
for my $count (1, 2) {
	run_of((4, 5)[0 .. $count - 1]);
	is uncovered()->[0], 0, "two reasons: $count lines";
}
run_of();
is uncovered()->[0], 1, '... no line';
is uncovered('nothing')->[0] != 0, 1, 'a file that is not there';
spew('reasons', "src/a.c one\n");
like uncovered()->[1], qr/\Auncovered: neither FILE FUNCTION NUMBER nor a reason/,
    'no number';
done_testing;
