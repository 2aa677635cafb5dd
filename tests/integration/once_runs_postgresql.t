#!/usr/bin/env perl
# once_runs.t with the state in PostgreSQL.

use strict;
use warnings;
use FindBin;

$ENV{TEST_STATE} = 'postgresql';
do "$FindBin::Bin/once_runs.t" or die $@ || $!;
