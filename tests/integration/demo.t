#!/usr/bin/env perl
# make demo shows users on their way into SQLite; make serve stays until Ctrl-C.

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
    'it shows one of the lines';
like $output, qr/^default\|\w+\|\S+ \S/m,
    'it drains the users into SQLite and shows some';
like $output, qr/^120$/m, '... and that none is missing';
like $output, qr/^ana\nbert\ncleo\n.*^\{"\$distinct_id":"bert",.*"remove_members".*^ana\ncleo\n/ms,
    'it shows a cohort, whom somebody leaves';

like $output, qr{^All well: 1\d\d users today, last .*\n\n    http://mixpanel:demo\@127\.0\.0\.1:\d+/mixpanel\n\n\z}m,
    '... and ends with the page and its URL';

my $log = folder() . '/serve.log';
my $pid = spawn([$demo, '--stay'], out => $log);
wait_until { -e $log && slurp($log) =~ /Ctrl-C/ } 'make serve to be ready';
my ($data, $url) = slurp($log) =~ /^ +curl --data-urlencode (\S+) (http\S+)$/m;
is curl($url, '--data-urlencode', $data)->{status}, 200,
    'make serve prints a line with curl that works';
my ($spool) = slurp($log) =~ m{^The users are then in (\S+)/default/new/$}m;
is scalar(lines_in($spool)), 2, '... and names the folder where the users are';
my ($send) = slurp($log) =~ /^ +(\S+ send .*)$/m;
like `$send`, qr/^1000 users delivered in 20 POSTs, 0 left$/m,
    '... and a line with mixspool send that works';
is stop($pid, 'INT'), 0, 'Ctrl-C ends it with 0';
ok !-d $spool, '... and leaves nothing behind';

done_testing;
