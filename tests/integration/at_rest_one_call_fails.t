#!/usr/bin/env perl
# Every call of mixspool cat, replay, expire and forget fails once (tests/lib/Faults.pm):
# nobody else is lost or there twice, and exit 0 means success.

use strict;
use warnings;
use AtRest;
use Faults;
use Test::More;
use Testbed;

my @others = map { user("o$_") } 1 .. 5;
my $anna = user('anna');
my ($spool, $old);

sub prepare {
	$spool = make_spool('default');
	put_in($spool, 'default', 'new', $others[0], $anna, $others[1]);
	put_in($spool, 'default', 'failed', $anna);
	put_in($spool, 'default', 'done', $others[2], $anna);
	put_in($spool, 'default', 'done', $others[3]);
	put_in($spool, 'default', 'aside', aside($anna), aside($others[4]));
	return;
}

sub whole {
	my ($when) = @_;
	my @lines = map {@$_} all_lines($spool, 'default');
	my $found = join '', sort grep { !/anna/ } map {/"element":(.*)\}$/s ? "$1\n" : $_} @lines;
	wrong("$when these are there: $found") if $found ne join '', map {"$_\n"} @others;
	return scalar grep {/anna/} @lines;
}

sub check_exit {
	my ($status, $err) = @_;
	my $failed = has_failed();
	wrong("exit $status without a message") if $status != 0 && $err eq '' && $failed !~ /\Awrite\n?\z/;
	wrong("exit $status: $err") if $status > 78;
	wrong("exit 0, but $1 has failed") if $status == 0 && $failed =~ /^(fsync|fdatasync)$/m;
	wrong("a message with an id: $err") if $err =~ /anna/;
	return;
}

sub forget_once {
	my ($environment) = @_;
	prepare();
	my ($status, $out, $err) = tool($environment, 'forget', $spool, 'anna');
	check_exit($status, $err);
	my $left = whole("exit $status:");
	wrong("exit $status, and anna is there $left times") if $status == 0 ? $left : $left > 4;
	($status, $out, $err) = tool('forget', $spool, 'anna');
	wrong("the second forget ends with $status, $err") if $status != 0;
	wrong('then anna is still there') if whole('then') || glob "$spool/default/tmp/*";
	return;
}
each_fault('mixspool forget', 'forget', \&forget_once);
each_breakage('mixspool forget', 'forget, the disk breaks', \&forget_once);

sub replay_once {
	my ($environment) = @_;
	prepare();
	my @replay = ('replay', "$spool/default", '--since', '2026-11-01');
	my ($status, $out, $err) = tool($environment, @replay);
	check_exit($status, $err);
	whole("exit $status:");
	wrong('exit 0, but batches stay in done/') if $status == 0 && lines_in($spool, 'default', 'done');
	($status, $out, $err) = tool(@replay);
	wrong("the second replay ends with $status, $err") if $status != 0;
	whole('then');
	wrong('then batches stay in done/') if lines_in($spool, 'default', 'done');
	return;
}
each_fault('mixspool replay', 'replay', \&replay_once);
each_breakage('mixspool replay', 'replay, the disk breaks', \&replay_once);

# A part in new/ is there once if the first call reports success, and else perhaps.
sub replay_part_once {
	my ($environment) = @_;
	prepare();
	my ($status, $out, $err) = tool($environment, 'replay', "$spool/default", '--since', '2026-11-01', 'anna');
	check_exit($status, $err);
	my $found = whole("exit $status:");
	wrong("exit $status, and anna is there $found times") if $found != 5 && ($status == 0 || $found != 4);
	return;
}
each_fault('mixspool replay', 'replay of an id', \&replay_part_once);
each_breakage('mixspool replay', 'replay of an id, the disk breaks', \&replay_part_once);

sub expire_once {
	my ($environment) = @_;
	prepare();
	$old = put_named($spool, 'default', 'done', '20200101T000000', "$anna\n");
	my @expire = ('expire', $spool, '--done', '1000d', '--failed', '1000d');
	my ($status, $out, $err) = tool($environment, @expire);
	check_exit($status, $err);
	whole("exit $status:");
	wrong('exit 0, and an old batch is there') if $status == 0 && -e $old;
	($status, $out, $err) = tool(@expire);
	wrong("the second expire ends with $status, $err") if $status != 0;
	wrong('then an old batch is there') if -e $old;
	whole('then');
	return;
}
each_fault('mixspool expire', 'expire', \&expire_once);
each_breakage('mixspool expire', 'expire, the disk breaks', \&expire_once);

# cat prints whole lines only, and with exit 0 all of them.
prepare();
my $all = join '', map {@$_} (all_lines($spool, 'default'))[3, 2, 1, 0];
my $ids = spew(folder() . '/ids', "anna\n" . join '', map {"o$_\n"} 1 .. 5);

sub cat_once {
	my ($environment) = @_;
	my ($status, $out, $err) = tool($environment, 'cat', '--all', '--from', $ids, $spool);
	check_exit($status, $err);
	wrong("exit 0, and it prints $out") if $status == 0 && $out ne $all;
	wrong("it prints a line from nowhere: $_") for grep { index("\n$all", "\n$_\n") < 0 } split /\n/, $out;
	return;
}
each_fault('mixspool cat', 'cat', \&cat_once);

tell_of_faults();
done_testing;
