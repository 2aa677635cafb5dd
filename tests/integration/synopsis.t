#!/usr/bin/env perl
# Every option that a command's -h names is in the synopsis of its manual page, and in
# the completion of both shells, with its letter or with its name; and none besides.

use strict;
use warnings;
use Test::More;
use Testbed;

my $bash = slurp(top() . '/completion/mixspool.bash');
my $zsh = slurp(top() . '/completion/_mixspool');

# The options of a synopsis: "Fl -since Ar when", "Fl -json | -csv", "Fl fkq".
sub options_of_synopsis {
	my ($command) = @_;
	my $page = $command =~ /^(?:once|members)$/ ? 'mixspool-once.1' : 'mixspool.1';
	my ($synopsis) = slurp(top() . "/man/$page") =~ /^\.Sh SYNOPSIS\n(.*?)^\.Sh/ms;
	my $part = join '', $synopsis =~ /^\.Cm $command\n(.*?)(?=^\.Nm|\z)/gms;
	# "Fl fkq" are three; "Fl -json | -csv" and "Fl -json | Fl -csv" two.
	my @words = map { /^-/ ? "-$_" : map {"-$_"} split // } $part =~ /(?:\bFl |\| (?:Fl )?)(-?[\w-]+)/g;
	return { map { ($_ => 1) } @words };
}

# "-f, --follow" is one option; "-w AGE -c AGE" and "--new, --failed" are two.
sub options_of_usage {
	my @lines = map { /^ +(-.*?)(?:  |$)/ } split /\n/, shift;
	return map { /^(-\w), (--\S+)/ ? [$1, $2] : map { [$_] } /(?:^| )(--?\w[\w-]*)/g } @lines;
}

for my $command (qw(setup serve init drain cat log expire forget retry replay stat once members)) {
	my (undef, $usage) = tool($command, '-h');
	my ($in_bash) = $bash =~ /^\t$command\) options='(.*?)'/ms;
	my ($in_zsh) = $zsh =~ /^$command\)(.*?);;/ms;
	my $in_synopsis = options_of_synopsis($command);
	my %known;
	for my $option (options_of_usage($usage)) {
		my @names = @$option;
		@known{@names} = @names;
		next if grep { $_ eq '-h' } @names;
		ok +(grep { $in_synopsis->{$_} } @names), "$command @names is in the synopsis";
		ok +(grep { $in_bash =~ /(?<!\S)$_(?!\S)/ } @names), '... completed by bash';
		ok +(grep { $in_zsh =~ /[{',)]$_[=\['},]/ } @names), '... and by zsh';
	}
	is_deeply [grep { !$known{$_} } sort keys %$in_synopsis], [], "the synopsis of $command has no other";
	is_deeply [grep { !$known{$_} && !/^(?:-h|--help|--)$/ } split ' ', $in_bash], [], '... nor has bash';
}

done_testing;
