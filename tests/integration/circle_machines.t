#!/usr/bin/env perl
# Three machines behind one URL, each with its receiver, drain and once, and one PostgreSQL
# for what once knows. Pages of a cohort's syncs come to any of them, one after the other is
# killed, PostgreSQL is restarted. In the end `mixspool members` has exactly who is in, and
# each entry and each exit was handed over once, except by runs that did not get to the end
# of their commit. PROVE=full: 30 syncs of 20,000 users.

use strict;
use warnings;
use JSON::PP qw(decode_json);
use States;
use Test::More;
use Testbed;

my $seed = $ENV{SEED} // 1;
my ($users, $syncs, $of_page) = ($ENV{PROVE} // '') eq 'full' ? (20000, 30, 1000) : (1200, 12, 200);
srand $seed;
diag "SEED=$seed";

$ENV{TEST_STATE} = 'postgresql';
my $base = folder();
my $state = new_state();
my $log = spew("$base/log", '');

# What the command got of a run: in a file NAME.got, and, once the run is committed,
# NAME.done; or NAME.again, when it fails.
my $got = "$base/got";
mkdir $got;
my $command = spew("$base/command", <<"END");
#!/bin/sh
file=$got/\$MACHINE-\$(date +%s%N)-\$\$
${\program('mixspool')} once $state -- sh -c "cat >\$file.part && mv \$file.part \$file.got"
status=\$?
[ ! -e \$file.got ] || { [ \$status = 0 ] && mv \$file.got \$file.done || mv \$file.got \$file.again; }
exit \$status
END
chmod 0755, $command;

my @machines = map { { spool => make_spool('default'), socket => "$base/machine$_.sock", name => $_ } } 1 .. 3;
my %ends;

sub begin {
	my ($machine) = @_;
	$machine->{receiver} = receiver(spool => $machine->{spool}, socket => $machine->{socket})->{pid};
	$machine->{drain} = spawn([program('mixspool'), 'drain', '-f', '-q', '-n', 2 * $of_page, $machine->{spool}, '--', $command],
		env => { MACHINE => $machine->{name} }, err => $log);
	return hands_over($machine);
}

# What it still had when it was killed comes before what it gets.
sub hands_over {
	my ($machine) = @_;
	return wait_until { !batches_in($machine->{spool}) } 'all to be handed over', 300;
}

sub end {
	my ($machine, $signal) = @_;
	kill $signal, grep {defined} @$machine{qw(drain receiver)};
	$ends{ "drain $signal: " . exit_of(reap(delete $machine->{drain}, 120)) }++;
	reap(delete $machine->{receiver});
	return;
}
# A page, to any machine, again until one has it. What those answered that did is in
# %answers.
my (%answers, $down);

sub post_page {
	my ($session, $page, $total, @ids) = @_;
	my $body = sprintf '{"action":"members","parameters":{"mixpanel_project_id":"7","mixpanel_cohort_id":"12",'
	    . '"mixpanel_cohort_name":"Circle","mixpanel_session_id":"s%02d","page_info":{"total_pages":%d,"page_count":%d},'
	    . '"members":[%s]}}', $session, $total, $page, join ',', map {qq({"mixpanel_distinct_id":"$_","properties":{}})} @ids;
	for (1 .. 1000) {
		my $answer = fastcgi($machines[rand @machines]{socket}, $body, { CONTENT_TYPE => 'application/json' });
		$answers{ $answer->{status} }++ if $answer->{status};
		return if $answer->{status} == 200;
		# The one that is down comes back.
		begin($down), $down = undef if $down && rand() < 0.2;
	}
	die 'no machine takes a page';
}

my @ids = map {"u$_"} 1 .. $users;
my %in = map { $_ => 1 } grep { rand() < 0.5 } @ids;
my $kills = 0;
begin($_) for @machines;
for my $sync (1 .. $syncs) {
	for (1 .. $users / 10) {
		my $id = $ids[rand @ids];
		delete $in{$id} or $in{$id} = 1;
	}
	my @members = sort keys %in;
	my $total = int((@members + $of_page - 1) / $of_page);
	my @pages = map { [$_, splice @members, 0, $of_page] } 1 .. $total;
	while (@pages) {
		my ($page, @of_it) = @{ splice @pages, rand @pages, 1 };
		post_page($sync, $page, $total, @of_it);
		if ($down && rand() < 0.3) {
			begin($down);
			$down = undef;
		} elsif (!$down && rand() < 0.3) {
			$down = $machines[ $kills++ % @machines ];
			end($down, 'KILL');
		}
	}
	if ($sync == int $syncs / 2) {
		stop_server('INT');
		start_server();
	}
	# Between two syncs is half an hour.
	hands_over($_) for grep { $_->{drain} } @machines;
}
begin($down) if $down;

sub roster { return join ' ', sort split /\n/, (tool('members', $state, 'default', 12))[1] }
end($_, 'TERM') for @machines;
is roster(), join(' ', sort keys %in), 'mixspool members has exactly who is in';

# By person and session: all that was handed over, in runs that were committed, or that may
# not have been.
my (%done, %open);
for my $path (glob "$got/*") {
	my $of = $path =~ /\.done\z/ ? \%done : \%open;
	next if $path =~ /\.part\z/;
	for my $line (split /^/, slurp($path)) {
		my $what = decode_json($line);
		my $cohort = $what->{'$cohort'};
		$of->{"$what->{'$distinct_id'} $cohort->{mixpanel_session_id} $cohort->{action}"}++;
	}
}
is_deeply [grep { $done{$_} > 1 } sort keys %done], [], 'no committed run hands over what another one has';
my (%is_in, @wrong);
for my $event (sort keys %{ { %done, %open } }) {
	my ($id, $session, $action) = split / /, $event;
	my $leaves = $action eq 'remove_members';
	push @wrong, $event if $leaves != ($is_in{$id} // 0);
	$is_in{$id} = !$leaves || 0;
}
is_deeply \@wrong, [], '... who enters was out, and who leaves was in';
is join(' ', sort grep { $is_in{$_} } keys %is_in), join(' ', sort keys %in), '... which adds up to who is in';
is_deeply [grep { !/^(?:200|503)$/ } sort keys %answers], [], 'every answer is 200 or 503';
is_deeply [grep { !/^drain (?:KILL: 137|TERM: 0)$/ } sort keys %ends], [], '... and drain ended only when it had to' or diag slurp($log);
is scalar(() = map { batches_in($_->{spool}, 'default', 'failed') } @machines), 0, '... with nothing in failed/';
cmp_ok $kills, '>', 3, '... though machines were killed';
note join(', ', map {"$_: $answers{$_}"} sort keys %answers), "; $kills kills; ", scalar(() = glob "$got/*.done"),
    ' runs were committed, ', scalar(() = glob "$got/*.got"), ' were killed behind their command, ', scalar(() = glob "$got/*.again"),
    ' failed behind it, ', scalar(grep { $done{$_} } keys %open), ' entries and exits were handed over again';
done_testing;
