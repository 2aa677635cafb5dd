#!/usr/bin/env perl
# Three machines behind nginx are upgraded from 0.1.0 one after the other, under load.
# The first has a spool of its own, and the others share one, so that receivers and
# drains of both versions work in it at once. One receiver is killed. No answer is one
# that pauses a sender, and each user comes out.

use strict;
use warnings;
use File::Basename qw(dirname);
use Test::More;
use Testbed;
use Upgrade;

my $why = why_no_old();
plan skip_all => $why if $why;

my $old = old_programs();
my $new = dirname(program('mixspool'));
my @spools = (make_spool('default'), make_spool('default'));
my @machines = map { { number => $_, socket => folder() . "/machine$_.sock",
		spool => $spools[$_ > 1], log => spew(folder() . "/machine$_.log", '') } } 1 .. 3;

sub start_machine {
	my ($machine, $bin) = @_;
	$machine->{receiver} = spawn(["$bin/mixspool.fcgi", '-s', $machine->{socket},
			'-d', $machine->{spool}], err => $machine->{log});
	wait_until { fastcgi_connect($machine->{socket}) } "machine $machine->{number}";
	$machine->{drain} = follow($bin, $machine->{log}, $machine->{spool});
	return;
}

# What a load balancer may ask.
sub health {
	my $machine = shift;
	return fastcgi($machine->{socket}, '',
		{ REQUEST_METHOD => 'GET', QUERY_STRING => 'health' })->{status};
}

start_machine($_, $old) for @machines;
my $servers = join '', map {"server unix:$_->{socket} fail_timeout=1s; "} @machines;
my $nginx = nginx('/unused', edit => sub {
	my $site = shift;
	$site =~ s/fastcgi_pass \Kunix:\S+;/machines;/ or die 'no fastcgi_pass';
	return "upstream machines { $servers}\n$site";
});
my $load = start_load($nginx->{url});
more_answers($load, 100);

for my $machine (@machines) {
	my $number = $machine->{number};
	is health($machine), 405, "machine $number: 0.1.0 knows no ?health";
	if ($number == 2) {
		stop($machine->{receiver}, 'KILL');
	}
	else {
		is exit_of(stop($machine->{receiver})), 0, '... and ends cleanly under load';
	}
	more_answers($load, 20);
	is exit_of(stop($machine->{drain})), 0, '... and so does its drain';
	start_machine($machine, $new);
	is health($machine), 200, '... and 0.2.0 is healthy';
	# Whichever of the drains takes it.
	my $before = () = taken();
	more_answers($load, 100);
	wait_until { taken() > $before + 100 } 'users that are handed over';
}
is ended($load->{pid}), undef, 'there was load until the end';
my $answers = end_load($load);
note join ', ', map {"$answers->{$_} answers $_"} sort keys %$answers;
is_deeply [grep { !/\A(?:200|503)\z/ } keys %$answers], [], 'no answer but 200 and 503';
cmp_ok $answers->{200}, '>', 50 * ($answers->{503} // 0), '... and few are 503';
wait_until { !grep { batches_in($_) } @spools } 'empty spools';
for my $machine (@machines) {
	is exit_of(stop($machine->{$_})), 0, "machine $machine->{number}: its $_ ends cleanly"
	    for qw(drain receiver);
	unlike slurp($machine->{log}), qr/stays|failed|refused/, '... and handed over at once';
}
account($load, taken());

done_testing;
