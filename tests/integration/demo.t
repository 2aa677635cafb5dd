#!/usr/bin/env perl
# make demo shows what it promises; make serve stays until it is stopped.

use strict;
use warnings;
use Test::More;
use Testbed;

my $demo = top() . '/tests/demo';
my $output = `$demo 2>&1`;
is $?, 0, 'the demo exits 0';
like $output, qr/^mixspool send: POST $_->[0]: 200, spooled $_->[1] users;/m,
    "POST $_->[0] has $_->[1] users" for [1, 50], [2, 50], [3, 20];
like $output, qr/^120 users delivered in 3 POSTs, 0 left$/m,
    '... and there are no more';
like $output, qr/^\{"\$distinct_id":"\w+","\$properties":\{.*\}\}$/m,
    'it shows a line';
like $output, qr/^default\|\w+\|\S+ \S/m,
    'it drains them into SQLite and shows rows';
like $output, qr/^120$/m, '... and that all are there';

my $log = folder() . '/serve.log';
my $pid = spawn([$demo, '--stay'], out => $log);
wait_until { -e $log && slurp($log) =~ /Ctrl-C/ } 'serve to be up';
my ($data, $url) = slurp($log) =~ /^ +curl --data-urlencode (\S+) (http\S+)$/m;
is curl($url, '--data-urlencode', $data)->{status}, 200,
    'the curl line that serve prints works';
my ($spool) = slurp($log) =~ m{^The users are then in (\S+)/default/new/$}m;
is scalar(lines_in($spool)), 2, '... and the users are where it says';
my ($send) = slurp($log) =~ /^ +(\S+ send .*)$/m;
like `$send`, qr/^1000 users delivered in 20 POSTs, 0 left$/m,
    '... and so does the other one';
is stop($pid, 'INT'), 0, 'Ctrl-C ends it with 0';
ok !-d $spool, 'nothing is left behind';

done_testing;
