#!/usr/bin/env perl
# once.t with the state in PostgreSQL.

use strict;
use warnings;
use FindBin;

$ENV{TEST_STATE} = 'postgresql';
do "$FindBin::Bin/once.t" or die $@ || $!;
