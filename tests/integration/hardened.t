#!/usr/bin/env perl
# What the compiler and the linker have done against exploits, read from the
# programs, the static ones, too: PIE, RELRO, BIND_NOW, no executable stack, the
# shadow stack's mark. And, of the static ones from their objects: stack protector,
# stack clash protection, FORTIFY_SOURCE and CET.

use strict;
use warnings;
use Test::More;
use Testbed;

my $build = folder() . '/build';
my $made = `make -C @{[top()]} static BUILD=$build 2>&1`;
is $?, 0, 'make static' or diag $made;

sub elf {
	my ($program) = @_;
	open my $said, '-|', 'readelf', '-hldW', $program or die "readelf: $!";
	return join '', <$said>;
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

# In the code. The static programs are stripped, and mixed with the C library's own
# code: of them it is told from the objects that they are linked from.
sub said_by {
	my (@command) = @_;
	open my $said, '-|', @command or die "$command[0]: $!";
	return join '', <$said>;
}

sub probes {
	return scalar(() = said_by(qw(objdump -d --no-show-raw-insn), @_)
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
	my $names = said_by('readelf', '-sW', @{ $objects{$name} });
	like $names, qr/ __stack_chk_fail\b/, "$name: stack protector";
	like $names, qr/ __v?snprintf_chk\b/, '... fortified calls';
	SKIP: {
		skip 'told from x86-64 instructions', 2 if !$x86;
		# So gcc (orq, since 16 orb) and clang (movq) touch each page of a large frame;
		# alone, the latter is ordinary code.
		cmp_ok probes(@{ $objects{$name} }), '>', 0,
		    '... large frames are probed page by page';
		my ($main) = said_by('objdump', '-d', @{ $objects{$name} })
		    =~ /^[0-9a-f]+ <main>:\n([^\n]*)/m;
		like $main, qr/\bendbr64\b/, '... CET: main begins where a jump may land';
	}
}

# FORTIFY_SOURCE=3 checks what has its size at run time only, where 2 does not: of
# gcc's code the read into a caller's buffer, of clang's a copy.
ok said_by('readelf', '-sW', program('cgi/secret.o')) =~ / __read_chk\b/
    || said_by('readelf', '-sW', program('src/send/sample.o')) =~ / __memcpy_chk\b/,
    'FORTIFY_SOURCE is 3';

# The marks of CET. What the C library brings to each program has that for IBT on
# some systems only, and then so have the programs.
SKIP: {
	skip 'CET is of x86-64', 1 if !$x86;
	my @marked = map { said_by('readelf', '-nW', $_) =~ /x86 feature: IBT, SHSTK/ ? () : $_ }
	    program('cgi/main.o'), program('src/tool/mixspool.o'),
	    program('src/send/main.o'),
	    map { glob "$build/static/$_/*.o" } qw(cgi src/*);
	is_deeply \@marked, [], 'CET: all that we compile is marked for it';
	for my $program (@programs) {
		like said_by('readelf', '-nW', $program), qr/x86 feature: .*\bSHSTK\b/,
		    name($program) . ': marked for the shadow stack';
	}
	chomp(my $start = `@{[$ENV{CC} // 'cc']} -print-file-name=Scrt1.o`);
	my $has = said_by('readelf', '-nW', $start) =~ /\bIBT\b/ ? 1 : 0;
	for my $program (map { program($_) } qw(mixspool.fcgi mixspool mixspool-send)) {
		is said_by('readelf', '-nW', $program) =~ /\bIBT\b/ ? 1 : 0, $has,
		    name($program) . ': marked for IBT as the C library is';
	}
}

done_testing;
