#!/usr/bin/env perl
# The circle of a cohort: mixspool send syncs it through nginx into the receiver, over a
# bad network and with kill -9 of the receiver and of the sender in between. Whatever
# failed, after a sync that succeeded the lines of the spool say who is in, exactly.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use Test::More;
use Testbed;

my $seed = $ENV{SEED} // 1;
my ($users, $syncs) = ($ENV{PROVE} // '') eq 'full' ? (20000, 40) : (2000, 10);
srand $seed;
diag "SEED=$seed";

my $receiver = receiver();
my $spool = $receiver->{spool};
my $nginx = nginx($receiver->{socket});
my $state = folder() . '/cohorts.db';
my $profiles = folder() . '/profiles.jsonl';
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

sub command {
	my ($nth) = @_;
	return (program('mixspool'), 'send', '--json', '--cohort', '7:Circle', '--state', $state,
		'--where', '."$properties".in', '--batch', 40, '--page-order', 'shuffled', '-j', 4,
		'--drop-answers', '10%', '--cut-bodies', '5%', '--duplicate', '5%', '--seed', $nth,
		'--backoff', 0, '--retries', 30, '--cacert', certificate() . '.pem', $nginx->{url}, $profiles);
}

# Who is in, by the lines so far: the rules of Mixpanel's documentation.
my ($read, %roster, %pages, %seen) = (0);

sub roster {
	my @batches = batches_in($spool);
	my @new = @batches[$read .. $#batches];
	$read = @batches;
	for my $line (map { decode_json($_) } map { split /^/, slurp($_) } @new) {
		my $cohort = $line->{'$cohort'};
		my ($id, $session) = ($line->{'$distinct_id'}, $cohort->{mixpanel_session_id});
		if ($cohort->{action} eq 'remove_members') {
			delete $roster{$id};
			next;
		}
		$roster{$id} = 1 if defined $id;
		next if $cohort->{action} eq 'add_members';
		my $info = $cohort->{page_info};
		$seen{$session}{$id} = 1 if defined $id;
		$pages{$session}{ $info->{page_count} } = 1;
		next if keys %{ $pages{$session} } < $info->{total_pages};
		delete @roster{ grep { !$seen{$session}{$_} } keys %roster };
	}
	return join ' ', sort keys %roster;
}

my ($out, $err) = map { spew(folder() . "/sender.$_", '') } qw(out err);
my %ends;
my $victims = 0;
for my $nth (1 .. $syncs) {
	move();
	my $before = () = batches_in($spool);
	my $sender = spawn([command($nth)], out => $out, err => $err);
	my $status;
	# While pages arrive, now and then: the sender is killed; the receiver is, and
	# comes back at once; or only when the sync has failed.
	if ($nth % 2 == 0) {
		wait_until { $status = ended($sender); defined $status || batches_in($spool) > $before } 'pages';
		my $victim = defined $status ? '' : (qw(sender receiver sync))[$victims++ % 3];
		kill 'KILL', $sender if $victim eq 'sender';
		stop($receiver->{pid}, 'KILL') if $victim =~ /receiver|sync/;
		$status = reap($sender, 120) if $victim eq 'sync';
		$receiver = receiver(spool => $spool, socket => $receiver->{socket})
		    if $victim =~ /receiver|sync/;
	}
	$status //= reap($sender, 120);
	$ends{ exit_of($status) }++;
	next if exit_of($status) != 0;
	is roster(), join(' ', sort keys %in), "sync $nth: the spool says who is in";
}
# Whatever was hit above: one that is killed at once, and one that nobody answers.
move();
my $killed = spawn([command($syncs + 1)], out => $out, err => $err);
kill 'KILL', $killed;
$ends{ exit_of(reap($killed)) }++;
stop($receiver->{pid}, 'KILL');
$ends{ exit_of(reap(spawn([command($syncs + 2)], out => $out, err => $err), 120)) }++;
$receiver = receiver(spool => $spool, socket => $receiver->{socket});
move();
is exit_of(reap(spawn([command($syncs + 3)], out => $out, err => $err), 120)), 0, 'the last sync succeeds';
my $expected = join ' ', sort keys %in;
is roster(), $expected, '... and the spool says who is in';
is join(' ', sort split /\n/, `sqlite3 $state 'SELECT user FROM member'`), $expected, '... and so does the state';
is scalar(() = batches_in($spool, 'default', 'aside')), 0, '... with nothing aside';
my @summaries = map { decode_json($_) } split /^/, slurp($out);
my %sum;
for my $summary (@summaries) {
	$sum{$_} += $summary->{$_} for qw(answers_dropped bodies_cut duplicates);
}
cmp_ok $sum{$_}, '>', 0, "... though there were $_" for sort keys %sum;
is scalar(grep { !/^(?:0|75|137)$/ } keys %ends), 0, '... and no sync was paused or failed for good';
cmp_ok $ends{$_} // 0, '>', 0, "... though one ended with $_" for 75, 137;
note join ', ', map {"exit $_: $ends{$_}"} sort keys %ends;
is scalar(() = slurp($err) =~ /paused/g), 0, '... and none is paused';

done_testing;
