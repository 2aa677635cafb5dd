package Bare;

# A bare Debian with the packages of mixspool in /srv/new, and in /srv/old the same as
# an older version: see tests/packages/bare.

use strict;
use warnings;
use Exporter qw(import);
use Testbed;

our @EXPORT = qw(bare bare_ok bare_path);

# The path of one of its files.
sub bare_path { return "$ENV{BARE}$_[0]" }

# Runs a shell script in it: exit status and output, errors included.
sub bare {
	my ($script) = @_;
	my $output = folder() . '/bare';
	spew($output, '');
	my $pid = spawn([top() . '/tests/packages/bare', 'in', $ENV{BARE}, 'bash', '-c', $script],
		out => $output, err => $output);
	my $status = exit_of(reap($pid, 300));
	# apt gives dpkg a terminal, whose lines end with \r\n.
	return ($status, slurp($output) =~ tr/\r//dr);
}

# The same, where a failure ends the test.
sub bare_ok {
	my ($script) = @_;
	my ($status, $output) = bare("set -e\n$script");
	die "$script\nfailed with $status: $output" if $status;
	return $output;
}

1;
