#!/usr/bin/env perl
# tests/bench/window: each user who was answered 200 is handed over by drain -f, and the
# table of docs/durability.md is of its kind. How long it takes is not tested.

use strict;
use warnings;
use Test::More;
use Testbed;

my $page = slurp(top() . '/docs/durability.md');
my ($shown) = $page =~ m{^ {4}tests/bench/window\n\n<!-- figures: window -->\n(.*?)^<!-- end -->}ms;
my ($status, $out, $err) = run_to_end(top() . '/tests/bench/window', { SECONDS => 0.3 });
is_deeply [$status, $err], [0, ''], 'each POST that was answered 200 is handed over';
my @rates = map { [/^\| (.*?) \|/mg] } $out, $shown;
is_deeply $rates[0], $rates[1], '... at the rates of the page';
is_deeply [map {/\A(.*)/} $out], [map {/\A(.*)/} $shown], '... with its columns';

done_testing;
