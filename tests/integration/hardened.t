#!/usr/bin/env perl
# The programs, also the static ones, have the defences of the compiler and the
# linker: PIE, RELRO, BIND_NOW, no executable stack, the mark for the shadow stack,
# stack protector, stack clash protection, FORTIFY_SOURCE and CET.

use strict;
use warnings;
use Test::More;
use Testbed;

my $build = folder() . '/build';
my $made = `make -C @{[top()]} static BUILD=$build 2>&1`;
is $?, 0, 'make static' or diag $made;

sub elf {
	my ($program) = @_;
	return output_of('readelf', '-hldW', $program);
}

sub name { return $_[0] =~ m{((?:static/)?[^/]+)\z} ? $1 : $_[0] }

my @programs = (map({ program($_) } qw(mixspool.fcgi mixspool mixspool-send)),
	map {"$build/static/$_"} qw(mixspool.fcgi mixspool));
for my $program (@programs) {
	my $elf = elf($program);
	my $name = name($program);
	like $elf, qr/^\s*Type:\s+DYN /m, "$name: loaded at any address";
	like $elf, qr/\(FLAGS_1\)\s+Flags: NOW PIE/, '... a PIE, bound at start';
	like $elf, qr/^\s+GNU_RELRO /m, '... then read-only';
	like $elf, qr/^\s+GNU_STACK .* RW  /m, '... the stack is not code';
	unlike $elf, qr/\b(?:RPATH|RUNPATH)\b/, '... no library path of its own';
	unlike $elf, qr/^\s+LOAD .* RWE /m, '... nothing is both written and run';
}

# In the code. The static programs are stripped, and have code of the C library, so
# the objects that they are linked from are read instead.
sub output_of {
	my (@command) = @_;
	open my $output, '-|', @command or die "$command[0]: $!";
	return join '', <$output>;
}

sub probes {
	return scalar(() = output_of(qw(objdump -d --no-show-raw-insn), @_)
		=~ /\bsub\s+\$0x1000,%rsp\n[^\n]*\b(?:or[bq]|movq)\s+\$0x0,\(%rsp\)/g);
}

my $x86 = `uname -m` eq "x86_64\n";
my %objects = (
	'mixspool.fcgi' => [program('mixspool.fcgi')],
	mixspool => [program('mixspool')],
	'mixspool-send' => [program('mixspool-send')],
	map { ("static/$_/*.o" => [glob "$build/static/$_/*.o"]) } qw(cgi src/*),
);
for my $name (sort keys %objects) {
	my $names = output_of('readelf', '-sW', @{ $objects{$name} });
	like $names, qr/ __stack_chk_fail\b/, "$name: stack protector";
	like $names, qr/ __v?snprintf_chk\b/, '... fortified calls';
	SKIP: {
		skip 'looks for instructions of x86-64', 2 if !$x86;
		# gcc (orq, since 16 orb) and clang (movq) touch each page of a large
		# frame like this. A movq alone is ordinary code.
		cmp_ok probes(@{ $objects{$name} }), '>', 0,
		    '... large frames are probed page by page';
		my ($main) = output_of('objdump', '-d', @{ $objects{$name} })
		    =~ /^[0-9a-f]+ <main>:\n([^\n]*)/m;
		like $main, qr/\bendbr64\b/, '... CET: main begins where a jump may land';
	}
}

# FORTIFY_SOURCE=3 also checks buffers whose size is known only at run time: with gcc
# a read into the caller's buffer, with clang a copy.
ok output_of('readelf', '-sW', program('cgi/secret.o')) =~ / __read_chk\b/
    || output_of('readelf', '-sW', program('src/send/sample.o')) =~ / __memcpy_chk\b/,
    'FORTIFY_SOURCE is 3';

# The marks of CET. The C library's start files have the mark for IBT on some systems
# only, and so have the programs.
SKIP: {
	skip 'only x86-64 has CET', 1 if !$x86;
	my @marked = map { output_of('readelf', '-nW', $_) =~ /x86 feature: IBT, SHSTK/ ? () : $_ }
	    program('cgi/main.o'), program('src/tool/mixspool.o'),
	    program('src/send/main.o'),
	    map { glob "$build/static/$_/*.o" } qw(cgi src/*);
	is_deeply \@marked, [], 'CET: each of our objects is marked for it';
	for my $program (@programs) {
		like output_of('readelf', '-nW', $program), qr/x86 feature: .*\bSHSTK\b/,
		    name($program) . ': marked for the shadow stack';
	}
	chomp(my $start = `@{[$ENV{CC} // 'cc']} -print-file-name=Scrt1.o`);
	my $has = output_of('readelf', '-nW', $start) =~ /\bIBT\b/ ? 1 : 0;
	for my $program (map { program($_) } qw(mixspool.fcgi mixspool mixspool-send)) {
		is output_of('readelf', '-nW', $program) =~ /\bIBT\b/ ? 1 : 0, $has,
		    name($program) . ': marked for IBT as the C library is';
	}
}

done_testing;
