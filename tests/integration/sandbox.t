#!/usr/bin/env perl
# What the receiver gives up at start, and that it says so where it cannot. What
# that keeps from whom is in tests/unit/sandbox.c.

use strict;
use warnings;
use Test::More;
use Testbed;

my $body = form('[' . user('a') . ']');

sub filters {
	my $receiver = shift;
	wait_until { slurp($receiver->{log}) =~ /: ready$/m } 'its start';
	my $status = slurp("/proc/$receiver->{pid}/status");
	my ($rights) = $status =~ /^NoNewPrivs:\s+(\d)/m;
	my ($calls) = $status =~ /^Seccomp:\s+(\d)/m;
	return "$rights $calls";
}

my $receiver = receiver();
is filters($receiver), '1 2', 'no new privileges, and a filter of system calls';
unlike slurp($receiver->{log}), qr/goes without/, '... and nothing is missing';
is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
mkdir "$receiver->{spool}/later";
is fastcgi($receiver->{socket}, $body, { PATH_INFO => '/later' })->{status}, 200,
    '... with campaigns that are made later';
is stop($receiver->{pid}), 0, '... to the end';
ok !-e $receiver->{socket}, '... and takes its socket away';

$receiver = receiver(env => { MIXSPOOL_SANDBOX => 'off' });
is filters($receiver), '0 0', 'MIXSPOOL_SANDBOX=off: nothing is given up';
stop($receiver->{pid});

$receiver = receiver(env => { LD_PRELOAD => program('tests/faults/no_landlock.so') });
my @missing = slurp($receiver->{log}) =~ /(goes without.*)/g;
is_deeply \@missing, ['goes without Landlock: Function not implemented'],
    'a kernel without Landlock: said once';
is filters($receiver), '1 2', '... the rest is given up';
is fastcgi($receiver->{socket}, $body)->{status}, 200, '... and it works';
stop($receiver->{pid});

my $err = folder() . '/err';
my $pid = spawn([program(), '-s', folder() . '/x', '-d', make_spool()],
	env => { MIXSPOOL_SANDBOX => 'maybe' }, err => $err);
is reap($pid) >> 8, 64, 'another value stops the start';
is slurp($err), "mixspool.fcgi: MIXSPOOL_SANDBOX is 'maybe': it takes on or off\n",
    '... and says why';

my $spool = make_spool(qw(default));
my $answer = cgi({ MIXSPOOL_DIR => $spool }, $body, {});
is $answer->{status}, 200, 'as CGI';
is $answer->{log}, '', '... without a word';

done_testing;
