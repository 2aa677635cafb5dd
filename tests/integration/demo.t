#!/usr/bin/env perl
# make demo shows what it promises; make serve stays until it is stopped.

use strict;
use warnings;
use Test::More;
use Testbed;

my $demo = top() . '/tests/demo';
my $output = `$demo 2>&1`;
is $?, 0, 'the demo exits 0';
like $output, qr/^HTTP 200: spooled 2 users$/m, 'it shows the answer';
my @lines = $output =~ /^(\{"\$distinct_id".*\})$/mg;
is scalar(@lines), 2, 'it shows two lines';
like $output, qr/^default +13a00df8730412 +anna\.lytics\@example\.com/m,
    'it drains them into SQLite and shows the rows';
like $lines[1], qr/"Anna"/, '... the users of Mixpanel\'s page';

my $log = folder() . '/serve.log';
my $pid = spawn([$demo, '--stay'], out => $log);
wait_until { -e $log && slurp($log) =~ /Ctrl-C/ } 'serve to be up';
my ($data, $url) = slurp($log) =~ /curl --data-urlencode (\S+) (http\S+)/;
is curl($url, '--data-urlencode', $data)->{status}, 200,
    'the curl line that serve prints works';
my ($spool) = slurp($log) =~ m{^The users are then in (\S+)/default/new/$}m;
is scalar(lines_in($spool)), 2, '... and the users are where it says';
is stop($pid, 'INT'), 0, 'Ctrl-C ends it with 0';
ok !-d $spool, 'nothing is left behind';

done_testing;
