#!/usr/bin/env perl
# mixspool send and what an endpoint answers: all of an answer is bounded in bytes.

use strict;
use warnings;
use Test::More;
use Testbed;

my ($status, $out, $err, $recorder);

sub send_to {
	my ($url, @arguments) = @_;
	($status, $out, $err) = tool('send', '--backoff', 0, $url, @arguments);
	return $status;
}

my $one = new_file(profile('a', ''));

# A program that prints the port it listens at.
my $endpoints = 0;

sub endpoint {
	my ($program, @arguments) = @_;
	my $base = folder() . '/endpoint' . $endpoints++;
	spew("$base.$_", '') for qw(out log);
	my $pid = spawn([@$program, "$base.log", @arguments], out => "$base.out");
	wait_until { slurp("$base.out") =~ /\n/ } 'the endpoint to listen';
	my ($port) = slurp("$base.out") =~ /(\d+)/;
	return { pid => $pid, log => "$base.log", url => "http://127.0.0.1:$port/" };
}

# All of an answer is bounded in bytes, and memory is, too. Python measures the
# largest of its children.
my @measure = ('python3', '-c', 'import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as kib:
    kib.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)');
sub peak_kib {
	my (@command) = @_;
	my $kib = folder() . '/kib';
	my $errors = spew(folder() . '/measured.err', '');
	$status = exit_of(reap(spawn([@measure, $kib, program('mixspool-send'), @command],
			out => '/dev/null', err => $errors), 300));
	$err = slurp($errors);
	return slurp($kib);
}
$recorder = recorder();
my $usual = peak_kib($recorder->{url}, $one);
is $status, 0, 'an ordinary answer';
my %too_much = (
	(map { $_ => 'the header of the answer is longer than 64 KiB' } 'header', 'trailer',
		'row of interim answers', 'row of leaves', 'header of a proxy'),
	(map { $_ => 'the answer is longer than 1 MiB' } 'body', 'body of a length', 'refusal',
		'chunk', 'chunks', 'chunk extension', 'compressed body'),
	(map { $_ => '.+' } 'field', 'folded field', 'reason', 'trailer field', 'body of a proxy',
		'chunk of a proxy'),
);
for my $kind (sort keys %too_much) {
	my $endless = endpoint(['tests/lib/endless'], $kind);
	my @to = $kind =~ /proxy/ ? ('--proxy', $endless->{url}, 'https://example.com/')
	    : $endless->{url};
	my $peak = peak_kib('--retries', 1, '--backoff', 0, '--timeout', 600, @to, $one);
	is $status, 75, "an endless $kind: a failed attempt";
	like $err, qr/after 2 attempts; the last one: no answer, $too_much{$kind}(?: \(-v shows more\))?$/m,
	    '... which is reported';
	cmp_ok $peak, '<', $usual + 8192, '... memory stays flat';
	wait_until { -s $endless->{log} } 'the endpoint to be left';
	my ($sent) = slurp($endless->{log}) =~ /(\d+)/;
	cmp_ok $sent, '<', 32 << 20, '... and it is cut off';
}
# Up to the bound, an answer is one.
$recorder = recorder('200:' . 'x' x 120000);
is send_to($recorder->{url}, $one), 0, 'a long answer is an answer';
ok !(grep { $_->{headers}{'accept-encoding'} } requests($recorder)),
    'compression is never asked for';

done_testing;
