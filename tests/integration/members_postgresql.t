#!/usr/bin/env perl
# members.t with the state in PostgreSQL.

use strict;
use warnings;
use FindBin;

$ENV{TEST_STATE} = 'postgresql';
do "$FindBin::Bin/members.t" or die $@ || $!;
