#!/usr/bin/env perl
# What the compiler and the linker have done against exploits, read from the
# programs as they are built: PIE, RELRO, BIND_NOW, no executable stack, stack
# protector, stack clash protection, FORTIFY_SOURCE and CET. The static ones, too.

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

for my $program (map({ program($_) } qw(mixspool.fcgi mixspool)),
	map {"$build/static/$_"} qw(mixspool.fcgi mixspool)) {
	my $elf = elf($program);
	my ($name) = $program =~ m{((?:static/)?[^/]+)\z};
	like $elf, qr/^\s*Type:\s+DYN /m, "$name: loaded at any address";
	like $elf, qr/\(FLAGS_1\)\s+Flags: NOW PIE/, '... a PIE, bound at start';
	like $elf, qr/^\s+GNU_RELRO /m, '... then read-only';
	like $elf, qr/^\s+GNU_STACK .* RW  /m, '... the stack is not code';
	unlike $elf, qr/\b(?:RPATH|RUNPATH)\b/, '... no library path of its own';
	unlike $elf, qr/^\s+LOAD .* RWE /m, '... nothing is both written and run';
}

# In the code. The static programs are of the same objects' flags, and stripped.
for my $name (qw(mixspool.fcgi mixspool)) {
	my $program = program($name);
	open my $symbols, '-|', 'readelf', '-sW', $program or die "readelf: $!";
	my $names = join '', <$symbols>;
	like $names, qr/ __stack_chk_fail\b/, "$name: stack protector";
	like $names, qr/ __v?snprintf_chk\b/, '... fortified calls';
}
SKIP: {
	skip 'told from x86-64 instructions', 3 if `uname -m` ne "x86_64\n";
	open my $code, '-|', 'objdump', '-d', '--no-show-raw-insn',
	    program('mixspool'), program('mixspool.fcgi') or die "objdump: $!";
	my ($main, $probes) = (0, 0);
	my $function = '';
	while (<$code>) {
		$function = $1 if /^[0-9a-f]+ <(\S+)>:/;
		$main++ if $function eq 'main' && /\bendbr64\b/;
		$probes++ if /\b(?:orq|movq)\s+\$0x0,\(%rsp\)/;
	}
	cmp_ok $main, '>=', 2, 'CET: both mains begin where a jump may land';
	cmp_ok $probes, '>', 0, 'large frames are probed page by page';
	# FORTIFY_SOURCE=3 needs sizes that are known at run time only.
	my $flags = `make -C @{[top()]} -n BUILD=$build/none all V=1`;
	like $flags, qr/-D_FORTIFY_SOURCE=3/, 'FORTIFY_SOURCE is 3';
}

done_testing;
