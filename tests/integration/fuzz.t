#!/usr/bin/env perl
# Every fuzz target holds for its seeds and for a short run: 5 s each, and a
# minute with PROVE=full. `make fuzz` is the long one.

use strict;
use warnings;
use Test::More;
use Testbed;

plan skip_all => 'clang is not installed'
    if system('clang --version >/dev/null 2>&1') != 0;
my $probe = spew(folder() . '/probe.c', 'int LLVMFuzzerTestOneInput('
	. 'const char *d, long n) { return !d && n < 0; }');
plan skip_all => 'clang comes without libFuzzer'
    if system("clang -fsanitize=fuzzer,address,undefined -o $probe.out $probe "
	. '>/dev/null 2>&1') != 0;

my $seconds = ($ENV{PROVE} // '') eq 'full' ? 60 : 5;
alarm 1800 unless $ENV{TEST_SECONDS};

chdir top();
my $build = $ENV{BUILD} // 'build';
my $made = `make -s -j2 BUILD=$build fuzz-programs 2>&1`;
is $?, 0, 'the targets build' or diag $made;

for my $source (sort glob 'tests/fuzz/*.c') {
	my ($target) = $source =~ m{(\w+)\.c$};
	my @seeds = glob "tests/fuzz/corpus/$target/*";
	isnt scalar @seeds, 0, "$target has seeds";
	my $said = `tests/fuzz/run $build/fuzz $seconds $target 2>&1`;
	is $?, 0, "$target holds" or diag $said;
	like $said, qr/[1-9]\d* executions/, '... and was tried';
	like $said, qr/Python reads [1-9]\d* inputs/, '... and compared'
	    if $target =~ /^(users|request|cohort)$/;
}

done_testing;
