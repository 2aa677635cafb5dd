#!/usr/bin/env perl
# A spool on replicated storage, as docs/durability.md has it: three bricks of GlusterFS,
# of which one is killed and one hangs under load, and then too many. Each user of a 200
# is on the replicas that are left, byte for byte; without a majority there is no 200; and
# after the death of the machine with the receiver another one has all of them.

use strict;
use warnings;
use Disks;
use Gluster;
use Test::More;
use Testbed;
use Upgrade;

my $why = own_mounts() // why_no_gluster();
plan skip_all => $why if $why;

# What is committed, as a brick has it by itself.
sub on_brick {
	my ($number) = @_;
	return map { (s{.*/}{}r => slurp($_)) } glob brick_path($number) . '/spool/default/new/*';
}

start_bricks();
stop(brick_pid(2));
my $trace = new_file();
start_brick(2, 'strace', '-f', '-y', '-qq', '-e', 'trace=fsync,fdatasync', '-o', $trace);
my $volume = mount_volume();
my $spool = "$volume->{place}/spool";
mkdir $spool or die $!;
is_deeply [(tool('init', $spool))[0, 2]], [0, ''], 'a spool on three bricks';
my $receiver = receiver(spool => $spool);
my $nginx = nginx($receiver->{socket});
my $load = start_load($nginx->{url});
more_answers($load, 50);
my $health = sub { return fastcgi($receiver->{socket}, '', { REQUEST_METHOD => 'GET', QUERY_STRING => 'health' }) };
is $health->()->{status}, 200, '... is healthy';

# One dies under load, and comes back without what it has missed; then another one hangs.
stop(brick_pid(0), 'KILL');
more_answers($load, 50);
is $health->()->{status}, 200, 'one brick is killed: healthy';
my $hangs = brick_pid(1);
kill 'STOP', $hangs;
wait_until { $health->()->{status} == 503 } 'a volume without a majority', 60;
my $counted = sub { return scalar grep { $_->[1] eq '200' } answers($load) };
my $before = $counted->();
wait_until { grep { $_->[1] eq '503' } answers($load) } 'a 503', 60;
is $counted->(), $before, '... and the next one hangs: no 200';
kill 'CONT', $hangs;
wait_until { $counted->() > $before + 20 } 'answers again', 60;
ok 1, '... it goes on: 200 again';

my $answers = end_load($load);
note join ', ', map {"$answers->{$_} answers $_"} sort keys %$answers;
is_deeply [grep { !/\A(?:200|503)\z/ } keys %$answers], [], 'no answer but 200 and 503';

# The machine with the receiver dies, and another one takes over.
stop($receiver->{pid}, 'KILL');
kill 'KILL', $volume->{pid};
unmount_volume();
my %left = map { $_ => { on_brick($_) } } 1, 2;
is_deeply $left{1}, $left{2}, 'the bricks that are left have the same batches, byte for byte';
my ($synced, $syncs) = (0, slurp($trace));
$synced++ for grep { $syncs =~ /sync\(\d+<[^>]*\Q$_\E>/ } keys %{ $left{2} };
is $synced, scalar keys %{ $left{2} }, '... each synced by the brick itself';
note 'a sync of new/ ', $syncs =~ m{sync\(\d+<[^>]*/new>} ? 'reaches the bricks' : 'ends in the mount';
mount_volume();
my ($status, undef, $said) = tool('drain', $spool, '--', take());
is_deeply [$status, $said], [0, ''], 'another machine drains the spool';
is_deeply [batches_in($spool)], [], '... to its end';
my %committed;
$committed{$_}++ for map { split /^/m } values %{ $left{2} };
my %taken;
$taken{$_}++ for taken();
is_deeply \%taken, \%committed, '... of just what the bricks had';
account($load, taken());

done_testing;
