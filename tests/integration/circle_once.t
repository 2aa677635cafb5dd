#!/usr/bin/env perl
# The whole circle of a cohort: mixspool send syncs it through nginx into the receiver,
# and drain hands the lines to once, over a bad network and with kill -9 of the receiver
# and of drain in between. In the end `mixspool members` has exactly who is in, and the
# command behind once saw each entry and each exit once, except in runs that were killed
# between the command's success and once's commit.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my $seed = $ENV{SEED} // 1;
my ($users, $syncs) = ($ENV{PROVE} // '') eq 'full' ? (20000, 40) : (2000, 12);
srand $seed;
diag "SEED=$seed";

my $receiver = receiver();
my $spool = $receiver->{spool};
my $nginx = nginx($receiver->{socket});
my ($state, $roster, $profiles) = map { folder() . "/$_" } qw(sync.db who.db people.jsonl);
my @ids = map {"u$_"} 1 .. $users;
my %in = map { $_ => 1 } grep { rand() < 0.5 } @ids;

# A tenth of all joins or leaves.
sub move {
	for (1 .. $users / 10) {
		my $id = $ids[rand @ids];
		delete $in{$id} or $in{$id} = 1;
	}
	spew($profiles, join '', map { profile($_, '"in":' . ($in{$_} ? 'true' : 'false')) } @ids);
	return;
}

my $log = spew(folder() . '/log', '');

sub start_sync {
	my ($nth, @faults) = @_;
	return spawn([program('mixspool'), 'send', '--cohort', '7:Circle', '--state', $state,
			'--where', '."$properties".in', '--batch', 40, '--page-order', 'shuffled',
			'-j', 4, @faults, '--seed', $nth, '--backoff', 0, '--retries', 30,
			'--cacert', certificate() . '.pem', $nginx->{url}, $profiles],
		out => '/dev/null', err => $log);
}

# What the command got of each batch, in a file with the run's number once it is
# complete.
my $got = folder() . '/got';
mkdir $got;
my $command = spew(folder() . '/command', <<"END");
#!/bin/sh
cat >$got/part.\$RUN && mv $got/part.\$RUN $got/\$RUN-\$MIXSPOOL_FIRST
END
chmod 0755, $command;
my $runs = 0;

sub drain {
	return spawn([program('mixspool'), 'drain', '-q', '-n', 400, $spool, '--', program('mixspool'),
			'once', $roster, '--', $command],
		env => { RUN => sprintf '%04d', ++$runs }, err => $log);
}

my (%ends, %was_killed);
my $victims = 0;
for my $nth (1 .. $syncs) {
	move();
	my $before = () = batches_in($spool);
	my $sender = start_sync($nth, '--drop-answers', '10%', '--cut-bodies', '5%', '--duplicate', '5%');
	my ($status, $drained);
	# drain runs while pages arrive. Now and then it is killed, at any point of its
	# run, or the receiver is, which comes back at once.
	until (defined $status) {
		my $run = drain();
		my $victim = $nth % 2 ? (qw(drain receiver neither))[$victims++ % 3] : 'neither';
		if ($victim eq 'drain') {
			my $points = int rand 4;
			wait_until { !$points-- || (my @done = glob sprintf "$got/%04d-*", $runs) || defined($drained = ended($run)) } 'a run';
			kill 'KILL', $run if !defined $drained;
			$was_killed{ sprintf '%04d', $runs } = 1 if !defined $drained;
		} elsif ($victim eq 'receiver') {
			stop($receiver->{pid}, 'KILL');
			$receiver = receiver(spool => $spool, socket => $receiver->{socket});
		}
		$drained //= reap($run, 120);
		$ends{ 'drain ' . exit_of($drained) }++;
		undef $drained;
		$status = ended($sender);
	}
	$ends{ 'send ' . exit_of($status) }++;
}
move();
is exit_of(reap(start_sync($syncs + 1), 120)), 0, 'the last sync succeeds';
# A command that outlived its drain may still have the state.
my $last;
wait_until { $last = exit_of(reap(drain(), 300)); $last == 0 && !batches_in($spool) } 'the last drain', 120;

my ($exit, $out) = tool('members', $roster, 'default', 7);
is $exit, 0, 'mixspool members';
is join(' ', sort split /\n/, $out), join(' ', sort keys %in), '... has exactly who is in';

# What the command saw, in order. A run that was killed may be handed over again.
my (%is_in, %seen, @wrong);
my $again = 0;
for my $path (sort glob "$got/[0-9]*") {
	my ($run) = $path =~ m{(\d{4})-[^/]*\z};
	for my $line (split /^/, slurp($path)) {
		if (exists $seen{$line}) {
			$again++;
			push @wrong, "run $run has a line of run $seen{$line} again" if !$was_killed{ $seen{$line} };
			next;
		}
		$seen{$line} = $run;
		my $what = decode_json($line);
		my $id = $what->{'$distinct_id'};
		my $leaves = $what->{'$cohort'}{action} eq 'remove_members';
		push @wrong, "run $run: " . ($leaves ? 'left' : 'entered') . ' twice' if $leaves == !$is_in{$id};
		$leaves ? delete $is_in{$id} : ($is_in{$id} = 1);
	}
}
is join("\n", @wrong), '', 'the command saw each entry and each exit once';
is_deeply \%is_in, \%in, '... and what it saw adds up to who is in';
cmp_ok scalar(keys %was_killed), '>', 0, '... though runs of drain were killed';
cmp_ok $ends{'send 0'} // 0, '>', 0, '... and syncs succeeded';
is scalar(grep { !/^(?:send (?:0|75)|drain (?:0|75|137))$/ } keys %ends), 0, '... and nothing failed for good'
    or diag join(', ', map {"$_: $ends{$_}"} sort keys %ends), "\n", slurp($log);
is scalar(() = batches_in($spool, 'default', 'failed')), 0, '... nor is anything in failed/';
note join(', ', map {"$_: $ends{$_}"} sort keys %ends), "; $runs runs, ", scalar(keys %was_killed),
    " of them killed, $again lines again";

done_testing;
